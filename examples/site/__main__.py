"""The example page and the pictures that it shows, at one address of this machine.

python -m examples.site [--port 8000] [--stack-name NAME]
python -m examples.site --list --stack-name NAME > examples/site/images.json

The first serves the page, the list of pictures, and the published bucket as CloudFront would. The
second prints the list for a stack with CloudFront: the folder is then a page for any web server.
"""

from __future__ import annotations

import argparse
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from botocore.exceptions import ClientError

from cli import records
from cli.errors import CommandError
from cli.places import home
from cli.stack import Stack, connect
from darkroom import statuses
from darkroom.keys import manifest_key

FOLDER = Path(__file__).parent
PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/site.css": ("site.css", "text/css; charset=utf-8"),
    "/site.js": ("site.js", "text/javascript; charset=utf-8"),
}
PICTURES = "/pictures/"


def listing(stack: Stack, base: str) -> dict[str, Any]:
    """What images.json says: every image that is published, by name.

    `base`: where the published bucket is served.
    """
    captions = json.loads((FOLDER / "captions.json").read_text(encoding="utf-8"))
    published = {
        record["image"]
        for record in records.everything(stack)
        if record["status"] == statuses.PUBLISHED
    }
    return {
        "base": base,
        "images": [
            {
                "name": image.rpartition("/")[2] or image,
                # "./", since an image may begin with a slash.
                "manifest": f"./{quote(manifest_key(image))}",
                "alt": captions.get(image, ""),
            }
            for image in sorted(published)
        ],
    }


def server(stack: Stack, port: int) -> ThreadingHTTPServer:
    """Listens on the loopback address alone; `port` 0 takes any that is free."""
    bucket = stack.output("PublishedBucket")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path in PAGE:
                name, kind = PAGE[path]
                self.answer(200, kind, (FOLDER / name).read_bytes())
            elif path == "/images.json":
                found = listing(stack, PICTURES)
                self.answer(200, "application/json", json.dumps(found).encode())
            elif path.startswith(PICTURES):
                self.published(unquote(path.removeprefix(PICTURES)))
            else:
                self.answer(404, "text/plain", b"")

        def published(self, key: str) -> None:
            try:
                found = stack.s3.get_object(Bucket=bucket, Key=key)
            except ClientError as error:
                # What is not there is 403 behind CloudFront, which may not list the bucket.
                known = error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403, 404)
                self.answer(403 if known else 502, "text/plain", b"")
                return
            self.answer(200, found["ContentType"], found["Body"].read(), found["CacheControl"])

        def answer(self, status: int, kind: str, body: bytes, cache: str = "no-store") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", cache)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.site")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--stack-name", help="a stack in AWS; without it, the embedded engine")
    parser.add_argument("--list", action="store_true", help="print images.json for DeliveryUrl")
    options = parser.parse_args()
    try:
        stack = connect(home(), options.stack_name)
        if options.list:
            found = listing(stack, stack.output("DeliveryUrl"))
            json.dump(found, sys.stdout, ensure_ascii=False, indent=1)
            return
        serving = server(stack, options.port)
    except CommandError as error:
        sys.exit(f"Error: {error}")
    except OSError as error:
        sys.exit(f"Error: Port {options.port} is taken ({error.strerror}); --port names another.")
    print(f"http://127.0.0.1:{serving.server_port}/  (Ctrl-C ends it)", flush=True)
    try:
        serving.serve_forever()
    except KeyboardInterrupt:
        serving.server_close()


if __name__ == "__main__":
    main()
