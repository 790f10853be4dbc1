"""Objects through boto3: small and large ones, ranges and conditions, lists, multipart by hand."""

import hashlib
import os
import tempfile
import unittest
import urllib.error
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

    def test_a_presigned_address_needs_no_keys_by_the_signature_of_either_version(self):
        s3.put_object(Bucket=bucket, Key="pre signed", Body=b"for anyone")
        # Without a word boto3 still signs addresses with version 2.
        for version, name in ((None, "AWSAccessKeyId="), ("s3v4", "X-Amz-Signature=")):
            signer = boto3.client("s3", config=Config(signature_version=version))
            place = {"Bucket": bucket, "Key": "pre signed"}
            url = signer.generate_presigned_url("get_object", Params=dict(place, ResponseContentType="a/b"))
            self.assertIn(name, url)
            with urllib.request.urlopen(url) as answer:
                self.assertEqual((answer.read(), answer.headers["Content-Type"]), (b"for anyone", "a/b"))
            params = dict(Bucket=bucket, Key="put", ContentType="text/csv", Metadata={"made": "here"})
            url = signer.generate_presigned_url("put_object", Params=params, ExpiresIn=60)
            headers = {"Content-Type": "text/csv"} if version is None else {"Content-Type": "text/csv", "x-amz-meta-made": "here"}
            request = urllib.request.Request(url, data=b"a,b", method="PUT", headers=headers)
            urllib.request.urlopen(request).close()
            head = s3.head_object(Bucket=bucket, Key="put")
            self.assertEqual((head["ContentType"], head["Metadata"]), ("text/csv", {"made": "here"}))
            s3.delete_object(Bucket=bucket, Key="put")
            url = signer.generate_presigned_url("delete_object", Params=place, ExpiresIn=-1)
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(urllib.request.Request(url, method="DELETE"))
            self.assertIn(caught.exception.code, (400, 403))
            caught.exception.close()

    def test_copies(self):
        metadata = {"Metadata": {"a": "b"}, "ContentType": "x/y", "Tagging": "t=1"}
        s3.put_object(Bucket=bucket, Key="copy/from ü", Body=b"bytes", **metadata)
        source = {"Bucket": bucket, "Key": "copy/from ü"}
        result = s3.copy_object(Bucket=bucket, Key="copy/to", CopySource=source)["CopyObjectResult"]
        copy = s3.get_object(Bucket=bucket, Key="copy/to")
        self.assertEqual((copy["Body"].read(), copy["ETag"], copy["TagCount"]), (b"bytes", result["ETag"], 1))
        self.assertEqual((copy["Metadata"], copy["ContentType"]), ({"a": "b"}, "x/y"))
        self.refused(412, "PreconditionFailed", s3.copy_object, Bucket=bucket, Key="copy/to", CopySource=source, IfNoneMatch="*")
        self.refused(400, "InvalidRequest", s3.copy_object, Bucket=bucket, Key="copy/from ü", CopySource=source)
        # Above 8 MiB the transfer manager copies in parts.
        s3.upload_file(self.path("up", LARGE), bucket, "copy/large")
        s3.copy({"Bucket": bucket, "Key": "copy/large"}, bucket, "copy/parts")
        self.assertRegex(s3.head_object(Bucket=bucket, Key="copy/parts")["ETag"], "-3")
        s3.download_file(bucket, "copy/parts", self.path("down"))
        with open(self.path("down"), "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).digest(), hashlib.sha256(LARGE).digest())

    def test_tags(self):
        s3.put_object(Bucket=bucket, Key="tagged", Body=b"x", Tagging="a=1&b=%20")
        tags = s3.get_object_tagging(Bucket=bucket, Key="tagged")["TagSet"]
        self.assertEqual(tags, [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": " "}])
        s3.put_object_tagging(Bucket=bucket, Key="tagged", Tagging={"TagSet": [{"Key": "é", "Value": ""}]})
        self.assertEqual(s3.get_object_tagging(Bucket=bucket, Key="tagged")["TagSet"], [{"Key": "é", "Value": ""}])
        s3.delete_object_tagging(Bucket=bucket, Key="tagged")
        self.assertEqual(s3.get_object_tagging(Bucket=bucket, Key="tagged")["TagSet"], [])

    def test_a_bucket_is_emptied_and_deleted(self):
        name = "boto3-short-lived"
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.get_waiter("bucket_exists").wait(Bucket=name)
        self.assertEqual(s3.get_bucket_location(Bucket=name)["LocationConstraint"], "eu-west-1")
        self.assertNotIn("Status", s3.get_bucket_versioning(Bucket=name))
        for at in range(5):
            s3.put_object(Bucket=name, Key="key %d" % at, Body=b"x")
        s3.get_waiter("object_exists").wait(Bucket=name, Key="key 4")
        self.refused(409, "BucketNotEmpty", s3.delete_bucket, Bucket=name)
        keys = [{"Key": "key %d" % at} for at in range(4)]
        answer = s3.delete_objects(Bucket=name, Delete={"Objects": keys + [{"Key": "key 4", "ETag": '"other"'}]})
        self.assertEqual([entry["Key"] for entry in answer["Deleted"]], [entry["Key"] for entry in keys])
        self.assertEqual([entry["Code"] for entry in answer["Errors"]], ["PreconditionFailed"])
        boto3.resource("s3").Bucket(name).objects.all().delete()
        s3.get_waiter("object_not_exists").wait(Bucket=name, Key="key 4")
        s3.delete_bucket(Bucket=name)
        s3.get_waiter("bucket_not_exists").wait(Bucket=name)

    def test_uploads_and_their_parts_are_listed_by_paginators(self):
        uploads = [s3.create_multipart_upload(Bucket=bucket, Key="listed/%d" % (at // 2)) for at in range(5)]
        pages = s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket, Prefix="listed/", PaginationConfig={"PageSize": 2}
        )
        found = [(entry["Key"], entry["UploadId"]) for page in pages for entry in page["Uploads"]]
        self.assertEqual(sorted(found), sorted((entry["Key"], entry["UploadId"]) for entry in uploads))
        one = {"Bucket": bucket, "Key": uploads[0]["Key"], "UploadId": uploads[0]["UploadId"]}
        for number in (1, 2, 3):
            s3.upload_part(**one, PartNumber=number, Body=b"%d" % number)
        parts = s3.get_paginator("list_parts").paginate(**one, PaginationConfig={"PageSize": 2})
        self.assertEqual([[part["PartNumber"] for part in page["Parts"]] for page in parts], [[1, 2], [3]])
        for entry in uploads:
            s3.abort_multipart_upload(Bucket=bucket, Key=entry["Key"], UploadId=entry["UploadId"])

    def test_writes_have_conditions(self):
        s3.delete_object(Bucket=bucket, Key="once")
        etag = s3.put_object(Bucket=bucket, Key="once", Body=b"1", IfNoneMatch="*")["ETag"]
        self.refused(412, "PreconditionFailed", s3.put_object, Bucket=bucket, Key="once", Body=b"2", IfNoneMatch="*")
        s3.put_object(Bucket=bucket, Key="once", Body=b"2", IfMatch=etag)
        self.refused(412, "PreconditionFailed", s3.put_object, Bucket=bucket, Key="once", Body=b"3", IfMatch=etag)
        self.refused(412, "PreconditionFailed", s3.delete_object, Bucket=bucket, Key="once", IfMatch=etag)

    def test_what_is_not_built_says_so(self):
        self.refused(501, "NotImplemented", s3.get_bucket_policy, Bucket=bucket)
        self.refused(501, "NotImplemented", s3.get_object_acl, Bucket=bucket, Key="k")


if __name__ == "__main__":
    unittest.main()
