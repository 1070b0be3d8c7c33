"""The states a record can be in."""

PROCESSING = "PROCESSING"
IN_REVIEW = "IN_REVIEW"
PUBLISHED = "PUBLISHED"
REJECTED = "REJECTED"  # a reviewer said no
EXPIRED = "EXPIRED"  # nobody decided in time; never published
INVALID = "INVALID"  # no acceptable image
FAILED = "FAILED"  # we broke; can be run again
RETRACTED = "RETRACTED"  # was published, withdrawn since

# What a decision can be taken back of.
REOPENABLE = (PUBLISHED, REJECTED, EXPIRED, FAILED)

OPEN = (PROCESSING, IN_REVIEW)
ENDED = (PUBLISHED, REJECTED, EXPIRED, INVALID, FAILED, RETRACTED)
