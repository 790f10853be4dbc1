"""One download from S3, signed, with the standard library alone."""

import hashlib
import hmac
import http.client
import os
import shutil
import ssl
import time
from urllib.parse import quote, urlsplit

from failure import SetupError

# The first that is set says where S3 is; the toolkit reads only the first (client-flows 2).
ENDPOINT_VARIABLES = ("S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
# A server that is being started again answers within this time, in seconds.
RETRY_PAUSES = (0.2, 1, 2, 4, 8, 15)
NO_BODY = hashlib.sha256(b"").hexdigest()


def download(uri, file):
    """Copies the object `s3://bucket/key` into the file, with the job's own credentials."""
    for pause in RETRY_PAUSES + (None,):
        try:
            return get_object(uri, file)
        except (OSError, http.client.HTTPException) as error:
            if pause is None:
                raise SetupError("%s cannot be downloaded: %s" % (uri, error)) from error
            time.sleep(pause)


def get_object(uri, file):
    """Raises OSError or HTTPException where trying again may help, SetupError where it will not."""
    endpoint = s3_endpoint()
    path = endpoint.path.rstrip("/") + "/" + quote(uri[len("s3://") :], safe="/-_.~")
    connection = connect(endpoint)
    try:
        connection.request("GET", path, headers=signed_headers(endpoint.netloc, path))
        response = connection.getresponse()
        check_answer(uri, response)
        file.seek(0)
        file.truncate()
        shutil.copyfileobj(response, file)
    finally:
        connection.close()


def check_answer(uri, response):
    if response.status >= 500:
        raise OSError("the server answered %d %s" % (response.status, response.reason))
    if response.status != 200:
        text = response.read(2000).decode("utf-8", "replace")
        raise SetupError("%s cannot be downloaded: %d %s %s" % (uri, response.status, response.reason, text))


def s3_endpoint():
    url = next((os.environ[name] for name in ENDPOINT_VARIABLES if os.environ.get(name)), None)
    if url is None:
        raise SetupError("The code cannot be downloaded: none of %s says where S3 is." % ", ".join(ENDPOINT_VARIABLES))
    return urlsplit(url)


def connect(endpoint):
    """Directly, whatever proxy the variables name: the endpoint is the server that runs this job."""
    if endpoint.scheme != "https":
        return http.client.HTTPConnection(endpoint.hostname, endpoint.port, timeout=60)
    trust = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
    return http.client.HTTPSConnection(endpoint.hostname, endpoint.port, timeout=60, context=trust)


def signed_headers(host, path):
    """The headers of a GET without query and body, Signature Version 4 among them."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = {"host": host, "x-amz-content-sha256": NO_BODY, "x-amz-date": moment}
    if os.environ.get("AWS_SESSION_TOKEN"):
        headers["x-amz-security-token"] = os.environ["AWS_SESSION_TOKEN"]
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    scope = "%s/%s/s3/aws4_request" % (moment[:8], region)
    names = ";".join(sorted(headers))
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
        os.environ.get("AWS_ACCESS_KEY_ID", ""),
        scope,
        names,
        signature(scope, moment, canonical_request(path, headers, names)),
    )
    return headers


def canonical_request(path, headers, names):
    lines = ["%s:%s" % (name, headers[name]) for name in names.split(";")]
    return "\n".join(["GET", path, ""] + lines + ["", names, NO_BODY])


def signature(scope, moment, request):
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + os.environ.get("AWS_SECRET_ACCESS_KEY", "")).encode()
    for part in scope.split("/") + [text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()
