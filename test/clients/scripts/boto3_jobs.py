"""Training jobs through boto3: what a program that starts, watches and stops them calls."""

import io
import json
import tarfile
import time
import unittest

import boto3
from botocore.exceptions import ClientError, WaiterError

GROUP = "/aws/sagemaker/TrainingJobs"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312"
SCRIPTS = {
    "quick.py": "print('first line'); print('second line'); print('third line')",
    "fail.py": "raise ValueError('no digit in train')",
    "forever.py": """
import os, signal, time
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
print("training", flush=True)
while not stop:
    time.sleep(0.05)
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write("as far as it came")
""",
}

sagemaker = boto3.client("sagemaker")
s3 = boto3.client("s3")
logs = boto3.client("logs")
account = boto3.client("sts").get_caller_identity()["Account"]
bucket = "sagemaker-us-east-1-" + account
code = "s3://%s/boto3-jobs/sourcedir.tar.gz" % bucket


def setUpModule():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as members:
        for name, text in SCRIPTS.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            members.addfile(member, io.BytesIO(text.encode()))
    s3.put_object(Bucket=bucket, Key="boto3-jobs/sourcedir.tar.gz", Body=archive.getvalue())


def create(name, program, **members):
    request = {
        "TrainingJobName": name,
        "RoleArn": "arn:aws:iam::%s:role/SageMakerRole" % account,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": {"sagemaker_program": program, "sagemaker_submit_directory": code},
        "OutputDataConfig": {"S3OutputPath": "s3://%s/output/" % bucket},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    return sagemaker.create_training_job(**{**request, **members})


def wait(name):
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return sagemaker.describe_training_job(TrainingJobName=name)


def way(description):
    return [(step["Status"], step["StatusMessage"]) for step in description["SecondaryStatusTransitions"]]


def until(condition):
    """A job's state can only be asked for; what is asked is whether it has come, for half a minute at the most."""
    for _ in range(300):
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen")


def log_lines(name):
    streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=name + "/")["logStreams"]
    pages = [
        logs.get_log_events(logGroupName=GROUP, logStreamName=stream["logStreamName"], startFromHead=True)
        for stream in streams
    ]
    return [event["message"] for page in pages for event in page["events"]]


class Tail:
    """What `aws logs tail --follow` of version 2 does, which is not on PyPI: from the newest time on, without what was seen."""

    def __init__(self, prefix):
        self.query = {"logGroupName": GROUP, "logStreamNamePrefix": prefix, "interleaved": True, "startTime": 0}
        self.lines = []
        self.seen = set()

    def poll(self):
        try:
            pages = list(logs.get_paginator("filter_log_events").paginate(**self.query))
        except logs.exceptions.ResourceNotFoundException:
            return
        events = [event for page in pages for event in page["events"]]
        self.lines += [event["message"] for event in events if event["eventId"] not in self.seen]
        newest = events[-1]["timestamp"] if events else self.query["startTime"]
        self.query["startTime"] = newest
        self.seen = {event["eventId"] for event in events if event["timestamp"] == newest}


class Jobs(unittest.TestCase):
    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response["Error"]["Message"]

    def test_a_job_echoes_what_it_was_asked_for(self):
        tags = [{"Key": "team", "Value": "vision"}]
        arn = create("echo", "quick.py", Environment={"COLOUR": "green"}, Tags=tags)["TrainingJobArn"]
        self.assertEqual(arn, "arn:aws:sagemaker:us-east-1:%s:training-job/echo" % account)
        description = wait("echo")
        self.assertEqual(description["TrainingJobArn"], arn)
        self.assertEqual(description["Environment"], {"COLOUR": "green"})
        self.assertEqual(description["HyperParameters"]["sagemaker_program"], "quick.py")
        self.assertEqual(description["OutputDataConfig"]["S3OutputPath"], "s3://%s/output/" % bucket)
        self.assertGreaterEqual(description["TrainingEndTime"], description["TrainingStartTime"])
        self.assertNotIn("FailureReason", description)

    def test_a_failed_job_gives_the_error_of_the_script_and_fails_the_waiter(self):
        create("fails", "fail.py")
        with self.assertRaises(WaiterError):
            wait("fails")
        description = sagemaker.describe_training_job(TrainingJobName="fails")
        self.assertEqual(description["TrainingJobStatus"], "Failed")
        self.assertEqual([status for status, _ in way(description)][-2:], ["Uploading", "Failed"])
        reason = description["FailureReason"]
        self.assertTrue(reason.startswith("AlgorithmError: ExecuteUserScriptError:\nExitCode 1\n"), reason)
        self.assertIn('"ValueError: no digit in train (fail.py, line 1, in <module>)"', reason)
        self.assertTrue(reason.endswith(", exit code: 1"), reason)

    def test_a_stopped_job_ends_as_aws_says_and_keeps_its_model(self):
        create("stops", "forever.py")
        until(lambda: "training" in log_lines("stops"))
        sagemaker.stop_training_job(TrainingJobName="stops")
        stopping = sagemaker.describe_training_job(TrainingJobName="stops")
        self.assertIn(stopping["TrainingJobStatus"], ("Stopping", "Stopped"))
        description = wait("stops")
        self.assertEqual(description["TrainingJobStatus"], "Stopped")
        self.assertEqual(
            way(description)[2:],
            [
                ("Training", "Training image download completed. Training in progress."),
                ("Stopping", "Stopping the training job"),
                ("Uploading", "Uploading generated training model"),
                ("Stopped", "Training job stopped"),
            ],
        )
        model = s3.get_object(Bucket=bucket, Key="output/stops/output/model.tar.gz")["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(model)) as archive:
            self.assertEqual(archive.extractfile("model.txt").read(), b"as far as it came")
        message = self.refused("ValidationException", sagemaker.stop_training_job, TrainingJobName="stops")
        self.assertEqual(message, "The request was rejected because the training job is in status Stopped.")

    def test_a_job_that_runs_too_long_is_stopped_for_it(self):
        create("too-long", "forever.py", StoppingCondition={"MaxRuntimeInSeconds": 1})
        description = wait("too-long")
        self.assertEqual(description["TrainingJobStatus"], "Stopped")
        self.assertEqual(description["SecondaryStatus"], "MaxRuntimeExceeded")
        self.assertEqual(
            [status for status, _ in way(description)][-3:], ["Stopping", "Uploading", "MaxRuntimeExceeded"]
        )

    def test_jobs_are_listed_newest_first_and_by_page(self):
        names = ["listed-%d" % number for number in range(3)]
        for name in names:
            create(name, "quick.py")
            wait(name)
        listed = sagemaker.list_training_jobs(NameContains="listed")["TrainingJobSummaries"]
        self.assertEqual([summary["TrainingJobName"] for summary in listed], names[::-1])
        self.assertEqual({summary["TrainingJobStatus"] for summary in listed}, {"Completed"})
        pages = sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains="listed", StatusEquals="Completed", PaginationConfig={"PageSize": 2}
        )
        paged = [[summary["TrainingJobName"] for summary in page["TrainingJobSummaries"]] for page in pages]
        self.assertEqual(paged, [["listed-2", "listed-1"], ["listed-0"]])
        failed = sagemaker.list_training_jobs(NameContains="listed", StatusEquals="Failed")
        self.assertEqual(failed["TrainingJobSummaries"], [])
        self.assertNotIn("NextToken", failed)

    def test_a_list_is_filtered_and_ordered_as_asked_for(self):
        for name in ("ordered-b", "ordered-A", "ordered-c"):
            create(name, "quick.py")
            wait(name)

        def names(**query):
            pages = sagemaker.get_paginator("list_training_jobs").paginate(
                NameContains="ordered", PaginationConfig={"PageSize": 1}, **query
            )
            return [summary["TrainingJobName"][-1] for page in pages for summary in page["TrainingJobSummaries"]]

        self.assertEqual(names(), ["c", "A", "b"])
        self.assertEqual(names(SortBy="Name", SortOrder="Ascending"), ["A", "b", "c"])
        self.assertEqual(names(SortBy="Status", SortOrder="Descending"), ["c", "A", "b"])
        middle = sagemaker.describe_training_job(TrainingJobName="ordered-A")
        self.assertEqual(names(CreationTimeAfter=middle["CreationTime"]), ["c"])
        self.assertEqual(names(CreationTimeBefore=middle["CreationTime"]), ["b"])
        self.assertEqual(names(LastModifiedTimeAfter=middle["LastModifiedTime"], SortOrder="Ascending"), ["c"])
        message = self.refused("ValidationException", sagemaker.list_training_jobs, NextToken="x")
        self.assertIn("NextToken", message)

    def test_tags_are_added_listed_searched_for_and_deleted(self):
        arn = create("tagged", "quick.py", Tags=[{"Key": "team", "Value": "vision"}])["TrainingJobArn"]
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "trial"}])
        pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
        self.assertEqual(tags, {"team": "vision", "stage": "trial"})
        wait("tagged")
        filters = [
            {"Name": "Tags.stage", "Operator": "Equals", "Value": "trial"},
            {"Name": "HyperParameters.sagemaker_program", "Operator": "Contains", "Value": "quick"},
            {"Name": "CreationTime", "Operator": "GreaterThan", "Value": "2020-01-01T00:00:00Z"},
        ]
        found = sagemaker.search(Resource="TrainingJob", SearchExpression={"Filters": filters})
        self.assertEqual(found["TotalHits"], {"Value": 1, "Relation": "EqualTo"})
        job = found["Results"][0]["TrainingJob"]
        described = sagemaker.describe_training_job(TrainingJobName="tagged")
        for member in ("TrainingJobArn", "CreationTime", "TrainingEndTime", "SecondaryStatusTransitions"):
            self.assertEqual(job[member], described[member])
        self.assertEqual({tag["Key"] for tag in job["Tags"]}, {"team", "stage"})
        sagemaker.delete_tags(ResourceArn=arn, TagKeys=["stage"])
        pages = sagemaker.get_paginator("search").paginate(
            Resource="TrainingJob", SearchExpression={"Filters": filters[:1]}
        )
        self.assertEqual([job for page in pages for job in page["Results"]], [])

    def test_a_job_is_deleted_and_its_name_is_free(self):
        create("deleted", "forever.py")
        message = self.refused("ResourceInUse", sagemaker.delete_training_job, TrainingJobName="deleted")
        self.assertRegex(message, r"^The request was rejected because the training job is in status \w+\.$")
        message = self.refused("ValidationException", sagemaker.update_training_job, TrainingJobName="deleted")
        self.assertEqual(message, "Invalid UpdateTrainingJobRequest, the request cannot be empty")
        until(lambda: "training" in log_lines("deleted"))
        arn = sagemaker.update_training_job(
            TrainingJobName="deleted", RemoteDebugConfig={"EnableRemoteDebug": True}
        )["TrainingJobArn"]
        description = sagemaker.describe_training_job(TrainingJobName="deleted")
        self.assertEqual(description["TrainingJobArn"], arn)
        self.assertEqual(description["RemoteDebugConfig"], {"EnableRemoteDebug": True})
        sagemaker.stop_training_job(TrainingJobName="deleted")
        wait("deleted")
        sagemaker.delete_training_job(TrainingJobName="deleted")

        def gone():
            try:
                return sagemaker.describe_training_job(TrainingJobName="deleted")["TrainingJobStatus"] != "Deleting"
            except ClientError as error:
                return error.response["Error"]["Message"] == "Requested resource not found."

        until(gone)
        self.assertIn("training", log_lines("deleted"))
        s3.head_object(Bucket=bucket, Key="output/deleted/output/model.tar.gz")
        create("deleted", "quick.py")
        self.assertEqual(wait("deleted")["TrainingJobStatus"], "Completed")

    def test_refusals_have_the_codes_and_texts_of_aws(self):
        arn = create("taken", "quick.py")["TrainingJobArn"]
        taken = self.refused("ResourceInUse", create, name="taken", program="quick.py")
        self.assertEqual(
            taken,
            "Training job names must be unique within an AWS account and region, and a training job with this name"
            " already exists (%s)" % arn,
        )
        unknown = self.refused("ValidationException", sagemaker.describe_training_job, TrainingJobName="nobody")
        self.assertEqual(unknown, "Requested resource not found.")
        bad = self.refused("ValidationException", create, name="no_underscore", program="quick.py")
        self.assertIn("at 'trainingJobName' failed to satisfy constraint", bad)
        algorithm = {"TrainingImage": "my/image:1", "TrainingInputMode": "File"}
        image = self.refused(
            "ValidationException", create, name="image", program="quick.py", AlgorithmSpecification=algorithm
        )
        self.assertIn("Cannot find the requested image: my/image:1", image)
        wait("taken")

    def test_the_log_is_read_forwards_and_backwards_by_its_tokens(self):
        create("logged", "quick.py")
        wait("logged")
        stream = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="logged/")["logStreams"][0]
        place = {"logGroupName": GROUP, "logStreamName": stream["logStreamName"]}
        self.assertRegex(stream["logStreamName"], r"^logged/algo-1-\d{10}$")

        seen, page = [], logs.get_log_events(**place, startFromHead=True, limit=2)
        while page["events"]:
            seen += [event["message"] for event in page["events"]]
            last = page["nextForwardToken"]
            page = logs.get_log_events(**place, startFromHead=True, limit=2, nextToken=last)
        self.assertEqual(seen[-3:], ["first line", "second line", "third line"])
        self.assertEqual(page["nextForwardToken"], last)

        newest = logs.get_log_events(**place, limit=1)
        self.assertEqual([event["message"] for event in newest["events"]], ["third line"])
        older = logs.get_log_events(**place, limit=1, nextToken=newest["nextBackwardToken"])
        self.assertEqual([event["message"] for event in older["events"]], ["second line"])
        missing = {**place, "logStreamName": "logged/algo-2-1"}
        self.refused("ResourceNotFoundException", logs.get_log_events, **missing)

    def test_the_log_is_filtered_and_followed_as_the_cli_follows_it(self):
        create("tailed", "quick.py")
        create("tailed-2", "quick.py")
        tail = Tail("tailed/")
        while sagemaker.describe_training_job(TrainingJobName="tailed")["TrainingJobStatus"] == "InProgress":
            tail.poll()
        wait("tailed-2")
        tail.poll()
        self.assertEqual(tail.lines, log_lines("tailed"))
        self.assertEqual(tail.lines[-3:], ["first line", "second line", "third line"])
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP,
            logStreamNamePrefix="tailed",
            filterPattern='"third line" -first',
            PaginationConfig={"PageSize": 1},
        )
        found = [(event["logStreamName"].split("/")[0], event["message"]) for page in pages for event in page["events"]]
        self.assertEqual(sorted(found), [("tailed", "third line"), ("tailed-2", "third line")])
        message = self.refused("InvalidParameterException", logs.filter_log_events, logGroupName=GROUP, filterPattern="%x%")
        self.assertIn("regular expressions", message)

    def test_the_roles_of_the_sdk_are_answered(self):
        iam = boto3.client("iam")
        role = iam.get_role(RoleName="AnyRole")["Role"]
        self.assertEqual(role["Arn"], "arn:aws:iam::%s:role/AnyRole" % account)
        self.assertIn("sagemaker.amazonaws.com", json.dumps(role["AssumeRolePolicyDocument"]))
        answer = iam.simulate_principal_policy(PolicySourceArn=role["Arn"], ActionNames=["s3:PutObject"])
        self.assertEqual([result["EvalDecision"] for result in answer["EvaluationResults"]], ["allowed"])


if __name__ == "__main__":
    unittest.main()
