"""Objects through boto3: small and large ones, ranges and conditions, lists, multipart by hand."""

import hashlib
import os
import tempfile
import unittest
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 2**20
# Three parts of boto3's 8 MiB.
LARGE = os.urandom(1000) * 20_000

s3 = boto3.client("s3")
account = boto3.client("sts").get_caller_identity()["Account"]
bucket = "sagemaker-us-east-1-" + account


class Objects(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name, content=None):
        path = os.path.join(self.folder.name, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        return path

    def refused(self, status, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        response = caught.exception.response
        self.assertEqual((response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]), (status, code))

    def test_a_large_file_goes_up_in_parts_and_comes_down_in_ranges(self):
        s3.upload_file(self.path("up", LARGE), bucket, "large")
        head = s3.head_object(Bucket=bucket, Key="large")
        self.assertEqual(head["ContentLength"], len(LARGE))
        self.assertRegex(head["ETag"], r'^"[0-9a-f]{32}-3"$')
        s3.download_file(bucket, "large", self.path("down"))
        with open(self.path("down"), "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).digest(), hashlib.sha256(LARGE).digest())

    def test_ranges_and_conditions(self):
        etag = s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789", ContentType="text/plain")["ETag"]
        self.assertEqual(etag, '"%s"' % hashlib.md5(b"0123456789").hexdigest())
        part = s3.get_object(Bucket=bucket, Key="digits", Range="bytes=2-4", IfMatch=etag)
        self.assertEqual(part["Body"].read(), b"234")
        self.assertEqual(part["ContentRange"], "bytes 2-4/10")
        self.assertEqual(part["ContentType"], "text/plain")
        self.assertEqual(s3.get_object(Bucket=bucket, Key="digits", Range="bytes=-3")["Body"].read(), b"789")
        self.refused(412, "PreconditionFailed", s3.get_object, Bucket=bucket, Key="digits", IfMatch='"other"')
        self.refused(412, "412", s3.head_object, Bucket=bucket, Key="digits", IfMatch='"other"')
        self.refused(416, "InvalidRange", s3.get_object, Bucket=bucket, Key="digits", Range="bytes=10-")

    def test_checksums_are_kept_and_given_back(self):
        for algorithm in ("CRC32", "SHA1", "SHA256"):
            put = s3.put_object(Bucket=bucket, Key=algorithm, Body=b"sum", ChecksumAlgorithm=algorithm)
            got = s3.get_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")
            self.assertEqual(got["Body"].read(), b"sum")
            self.assertEqual(got["Checksum" + algorithm], put["Checksum" + algorithm])

    def test_keys_of_any_letters(self):
        for key in ("a b+c&d=e", "ä/ö/日本", "a//b", "per%20cent", "(it's)~*!"):
            s3.put_object(Bucket=bucket, Key="odd/" + key, Body=key.encode())
            self.assertEqual(s3.get_object(Bucket=bucket, Key="odd/" + key)["Body"].read(), key.encode())
            listed = s3.list_objects_v2(Bucket=bucket, Prefix="odd/" + key)["Contents"]
            self.assertEqual([entry["Key"] for entry in listed], ["odd/" + key])

    def test_lists_have_folders_and_pages(self):
        for key in ("a/1", "a/2", "b/1", "c"):
            s3.put_object(Bucket=bucket, Key="list/" + key, Body=b"x")
        top = s3.list_objects_v2(Bucket=bucket, Prefix="list/", Delimiter="/")
        self.assertEqual([entry["Key"] for entry in top["Contents"]], ["list/c"])
        self.assertEqual([entry["Prefix"] for entry in top["CommonPrefixes"]], ["list/a/", "list/b/"])
        for operation in ("list_objects_v2", "list_objects"):
            pages = s3.get_paginator(operation).paginate(
                Bucket=bucket, Prefix="list/", PaginationConfig={"PageSize": 3}
            )
            keys = [[entry["Key"] for entry in page["Contents"]] for page in pages]
            self.assertEqual(keys, [["list/a/1", "list/a/2", "list/b/1"], ["list/c"]])

    def test_a_multipart_upload_is_seen_when_it_is_complete_and_never_if_it_is_aborted(self):
        upload = {"Bucket": bucket, "Key": "parts"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        bodies = [b"a" * 5 * MIB, b"b"]
        etags = [s3.upload_part(**upload, PartNumber=at + 1, Body=body)["ETag"] for at, body in enumerate(bodies)]
        self.refused(404, "404", s3.head_object, Bucket=bucket, Key="parts")
        parts = [{"PartNumber": at + 1, "ETag": etag} for at, etag in enumerate(etags)]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        self.assertEqual(s3.get_object(Bucket=bucket, Key="parts")["Body"].read(), b"".join(bodies))

        aborted = {"Bucket": bucket, "Key": "aborted"}
        aborted["UploadId"] = s3.create_multipart_upload(**aborted)["UploadId"]
        s3.upload_part(**aborted, PartNumber=1, Body=b"x")
        s3.abort_multipart_upload(**aborted)
        self.refused(404, "NoSuchUpload", s3.upload_part, **aborted, PartNumber=2, Body=b"y")
        self.refused(404, "NoSuchKey", s3.get_object, Bucket=bucket, Key="aborted")

    def test_buckets_are_made_and_found(self):
        s3.create_bucket(Bucket="boto3-made")
        s3.head_bucket(Bucket="boto3-made")
        self.assertIn("boto3-made", [entry["Name"] for entry in s3.list_buckets()["Buckets"]])
        self.refused(404, "404", s3.head_bucket, Bucket="boto3-missing")
        self.refused(404, "NoSuchBucket", s3.put_object, Bucket="boto3-missing", Key="k", Body=b"")

    def test_what_is_deleted_is_gone(self):
        s3.put_object(Bucket=bucket, Key="gone", Body=b"x")
        s3.delete_object(Bucket=bucket, Key="gone")
        self.refused(404, "NoSuchKey", s3.get_object, Bucket=bucket, Key="gone")
        s3.delete_object(Bucket=bucket, Key="gone")

    def test_a_presigned_address_needs_no_keys(self):
        s3.put_object(Bucket=bucket, Key="presigned", Body=b"for anyone")
        # By default boto3 still signs addresses with version 2, which no new region of AWS takes.
        signer = boto3.client("s3", config=Config(signature_version="s3v4"))
        url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "presigned"}, ExpiresIn=60)
        with urllib.request.urlopen(url) as answer:
            self.assertEqual(answer.read(), b"for anyone")

    def test_what_is_not_built_says_so(self):
        self.refused(501, "NotImplemented", s3.get_bucket_policy, Bucket=bucket)
        self.refused(501, "NotImplemented", s3.get_object_acl, Bucket=bucket, Key="k")


if __name__ == "__main__":
    unittest.main()
