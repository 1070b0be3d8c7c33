"""Errors of AWS, of the network and of this machine, each as a sentence and a next step."""

from __future__ import annotations

import errno

from boto3.exceptions import Boto3Error
from botocore import exceptions as botocore
from botocore.exceptions import ClientError

from cli.calls import call_of
from cli.errors import CommandError
from darkroom.errors import DarkroomError

DEBUG = "DARKROOM_DEBUG"

# Codes differ from service to service: https://docs.aws.amazon.com/general/latest/gr/common-errors.html
DENIED = {
    *("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"),
    *("UnauthorizedOperation", "NotAuthorized", "Forbidden", "403"),
}
EXPIRED = {
    *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
    "CredentialsExpired",
}
UNKNOWN_KEYS = {
    *("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"),
    *("InvalidToken", "MissingAuthenticationToken"),
}
BAD_SIGNATURES = {
    *("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"),
    *("RequestTimeTooSkewed",),
}
THROTTLED = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
    *("RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded"),
    *("ProvisionedThroughputExceededException", "SlowDown", "BandwidthLimitExceeded"),
    *("LimitExceededException", "ExecutionLimitExceeded", "ThrottlingError"),
}
MISSING = {
    *("ResourceNotFoundException", "ResourceNotFound", "NoSuchBucket", "NoSuchKey", "NotFound"),
    *("StateMachineDoesNotExist", "QueueDoesNotExist", "404"),
    "AWS.SimpleQueueService.NonExistentQueue",
}
UNREACHABLE = (
    botocore.ConnectionError,
    botocore.HTTPClientError,
    botocore.ResponseStreamingError,
)
# Of the shell's credentials, of which botocore says in its own words what is wrong.
SIGN_IN = (
    botocore.SSOError,
    botocore.LoginError,
    botocore.TokenRetrievalError,
    botocore.NoAuthTokenError,
)
FULL = {errno.ENOSPC, errno.EDQUOT}

RENEW = "Renew them (`aws sso login`, or however you sign in) and run the command again."
WHO = "`aws sts get-caller-identity` says whose credentials they are."


def explained(error: BaseException) -> CommandError:
    """`error` in words; of what nobody foresaw, where to look."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, Boto3Error) and isinstance(error.__context__, Exception):
        return explained(error.__context__)  # S3's transfers hide it in their words
    if isinstance(error, ClientError):
        return _refused(error)
    if isinstance(error, botocore.BotoCoreError):
        return _not_asked(error)
    if isinstance(error, DarkroomError):
        return CommandError(_sentence(error), "docs/command.md has what each command needs.")
    if isinstance(error, OSError):
        return _of_this_machine(error)
    return CommandError(
        f"Darkroom itself broke: {type(error).__name__}: {_sentence(error)}",
        f"{DEBUG}=1 before the command shows where; please report it with that.",
    )


def _refused(error: ClientError) -> CommandError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = _sentence(error.response.get("Error", {}).get("Message") or code)
    call = call_of(error)
    if code in DENIED:
        return CommandError(
            f"AWS does not let you do this: {call} was denied.",
            f"Have {call.action} allowed for you; docs/command.md lists what each command needs. "
            f"{WHO}",
        )
    if code in EXPIRED:
        return CommandError("Your AWS credentials have expired.", RENEW)
    if code in UNKNOWN_KEYS:
        return CommandError(f"AWS does not know your credentials ({code}).", f"{WHO} {RENEW}")
    if code in BAD_SIGNATURES:
        return CommandError(
            f"AWS refused the request's signature: {said}",
            "Compare AWS_SECRET_ACCESS_KEY (or the profile's) and this machine's clock.",
        )
    if code in THROTTLED:
        return CommandError(
            f"AWS throttles {call}, and went on doing so through several tries.",
            "Wait a minute and run the command again.",
        )
    if code in MISSING:
        return CommandError(
            f"AWS found nothing for {call}: {said}",
            "Deploy template.yaml again if it was removed by hand: `darkroom up`, or `sam deploy`.",
        )
    return CommandError(
        f"AWS refused {call}: {code}: {said}",
        f"{DEBUG}=1 before the command shows where it was called.",
    )


def _not_asked(error: botocore.BotoCoreError) -> CommandError:
    said = _sentence(error)
    if isinstance(error, botocore.NoCredentialsError):
        return CommandError(
            "There are no AWS credentials in this shell.",
            "Sign in (`aws configure`, `aws sso login`), or name a profile in AWS_PROFILE.",
        )
    if isinstance(error, botocore.PartialCredentialsError | botocore.CredentialRetrievalError):
        return CommandError(f"Your AWS credentials cannot be used: {said}", RENEW)
    if isinstance(error, SIGN_IN):
        return CommandError(f"You are not signed in to AWS any more: {said}", RENEW)
    if isinstance(error, botocore.ProfileNotFound):
        return CommandError(said, "`aws configure list-profiles` shows those that there are.")
    if isinstance(error, botocore.ConfigParseError | botocore.ConfigNotFound):
        return CommandError(f"The AWS configuration cannot be read: {said}", "Correct that file.")
    if isinstance(error, botocore.NoRegionError):
        return CommandError(
            "No AWS region is set.", "Name the stack's: AWS_REGION=eu-west-1 before the command."
        )
    if isinstance(error, botocore.InvalidRegionError | botocore.UnknownRegionError):
        return CommandError(f"That is no AWS region: {said}", "AWS_REGION or the profile has it.")
    if isinstance(error, UNREACHABLE):
        return CommandError(
            f"AWS cannot be reached: {said}",
            "Check the network, the region and AWS_ENDPOINT_URL; of the embedded engine, "
            "`darkroom up` starts one.",
        )
    return CommandError(
        f"The AWS client could not ask: {said}",
        f"{DEBUG}=1 before the command shows where it was called.",
    )


def _of_this_machine(error: OSError) -> CommandError:
    where = f": {error.filename}" if error.filename else ""
    if error.errno in FULL:
        return CommandError(
            f"The disk is full{where}.", "Make room, or move .darkroom with DARKROOM_HOME."
        )
    if isinstance(error, PermissionError):
        return CommandError(
            f"This machine does not let you do this: {error.strerror}{where}.",
            "Change the permissions of that path, or name another one.",
        )
    return CommandError(
        f"{error.strerror or str(error)}{where}.",
        "Name another path." if error.filename else f"{DEBUG}=1 before the command shows where.",
    )


def _sentence(words: object) -> str:
    """On one line, with a full stop at its end."""
    text = " ".join(str(words).split()).rstrip(".")
    return f"{text}."
