"""CloudWatch metrics through boto3, by each of the protocols that its releases have spoken."""

import datetime
import io
import tarfile
import time
import unittest

import boto3
from botocore import model
from botocore.exceptions import ClientError

NAMESPACE = "/aws/sagemaker/TrainingJobs"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312"
PROTOCOLS = {"json": "application/x-amz-json-1.0", "smithy-rpc-v2-cbor": "application/cbor", "query": "text/xml"}
SCRIPT = """
for epoch in range(4):
    print("epoch=%d loss=%s;" % (epoch, 1 / 2 ** epoch), flush=True)
"""

sagemaker = boto3.client("sagemaker")
s3 = boto3.client("s3")
account = boto3.client("sts").get_caller_identity()["Account"]
bucket = "sagemaker-us-east-1-" + account


def client(protocol):
    """What botocore takes from the protocols of the service, it is told to take this one."""
    preferred = model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS
    model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = (protocol,)
    try:
        made = boto3.session.Session().client("cloudwatch")
        assert made.meta.service_model.resolved_protocol == protocol
        return made
    finally:
        model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = preferred


def setUpModule():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as members:
        member = tarfile.TarInfo("train.py")
        member.size = len(SCRIPT)
        members.addfile(member, io.BytesIO(SCRIPT.encode()))
    s3.put_object(Bucket=bucket, Key="boto3-metrics/sourcedir.tar.gz", Body=archive.getvalue())
    code = "s3://%s/boto3-metrics/sourcedir.tar.gz" % bucket
    sagemaker.create_training_job(
        TrainingJobName="measured",
        RoleArn="arn:aws:iam::%s:role/SageMakerRole" % account,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "train:loss", "Regex": "loss=(.*?);"}],
        },
        HyperParameters={"sagemaker_program": "train.py", "sagemaker_submit_directory": code},
        OutputDataConfig={"S3OutputPath": "s3://%s/output/" % bucket},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName="measured", WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def until(condition):
    """What an instance used last is written down a moment after its job has ended."""
    for _ in range(300):
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen")


class Metrics(unittest.TestCase):
    def setUp(self):
        description = sagemaker.describe_training_job(TrainingJobName="measured")
        minute = datetime.timedelta(minutes=1)
        self.range = {
            "StartTime": description["TrainingStartTime"] - minute,
            "EndTime": description["TrainingEndTime"] + minute,
        }
        self.loss = {
            "Namespace": NAMESPACE,
            "MetricName": "train:loss",
            "Dimensions": [{"Name": "TrainingJobName", "Value": "measured"}],
        }

    def every_protocol(self):
        for protocol in PROTOCOLS:
            with self.subTest(protocol):
                yield protocol, client(protocol)

    def test_the_values_of_a_job_are_data_points(self):
        final = sagemaker.describe_training_job(TrainingJobName="measured")["FinalMetricDataList"]
        self.assertEqual([(metric["MetricName"], metric["Value"]) for metric in final], [("train:loss", 0.125)])
        for protocol, cloudwatch in self.every_protocol():
            answer = cloudwatch.get_metric_statistics(
                **self.loss, **self.range, Period=60, Statistics=["SampleCount", "Sum", "Minimum", "Maximum", "Average"]
            )
            self.assertIn(PROTOCOLS[protocol], answer["ResponseMetadata"]["HTTPHeaders"]["content-type"])
            points = answer["Datapoints"]
            self.assertEqual(answer["Label"], "train:loss")
            self.assertEqual(sum(point["SampleCount"] for point in points), 4)
            self.assertEqual(sum(point["Sum"] for point in points), 1.875)
            self.assertEqual(min(point["Minimum"] for point in points), 0.125)
            self.assertEqual(max(point["Maximum"] for point in points), 1)
            for point in points:
                self.assertEqual(point["Average"], point["Sum"] / point["SampleCount"])
                self.assertEqual((point["Timestamp"].second, point["Timestamp"].utcoffset()), (0, datetime.timedelta()))

    def test_metrics_are_listed_and_read_together_by_their_paginators(self):
        for _, cloudwatch in self.every_protocol():
            listed = cloudwatch.get_paginator("list_metrics").paginate(
                Namespace=NAMESPACE, Dimensions=[{"Name": "TrainingJobName", "Value": "measured"}]
            )
            self.assertEqual([metric for page in listed for metric in page["Metrics"]], [self.loss])
            query = {"Id": "loss", "MetricStat": {"Metric": self.loss, "Period": 60, "Stat": "SampleCount"}}
            pages = cloudwatch.get_paginator("get_metric_data").paginate(MetricDataQueries=[query], **self.range)
            values = [value for page in pages for result in page["MetricDataResults"] for value in result["Values"]]
            self.assertEqual(sum(values), 4)

    def test_instances_are_measured(self):
        cloudwatch = boto3.client("cloudwatch")
        host = [{"Name": "Host", "Value": "measured/algo-1"}]
        names = until(lambda: [each["MetricName"] for each in cloudwatch.list_metrics(Dimensions=host)["Metrics"]])
        self.assertLessEqual({"DiskUtilization"}, set(names))
        self.assertLessEqual(set(names), {"CPUUtilization", "DiskUtilization", "MemoryUtilization"})
        for name in names:
            points = cloudwatch.get_metric_statistics(
                Namespace=NAMESPACE, MetricName=name, Dimensions=host, **self.range, Period=60, Statistics=["Average"]
            )["Datapoints"]
            self.assertGreaterEqual(len(points), 1)
            for point in points:
                self.assertEqual(point["Unit"], "Percent")
                self.assertGreaterEqual(point["Average"], 0)

    def test_values_are_put_also_so_many_that_they_are_compressed(self):
        for protocol, cloudwatch in self.every_protocol():
            space = "own/" + protocol
            data = [{"MetricName": "many", "Value": number, "Unit": "Count"} for number in range(900)]
            cloudwatch.put_metric_data(Namespace=space, MetricData=data)
            now = datetime.datetime.now(datetime.timezone.utc)
            minute = datetime.timedelta(minutes=1)
            points = cloudwatch.get_metric_statistics(
                Namespace=space,
                MetricName="many",
                StartTime=now - 5 * minute,
                EndTime=now + 5 * minute,
                Period=600,
                Statistics=["SampleCount", "Maximum"],
                Unit="Count",
            )["Datapoints"]
            self.assertEqual(sum(point["SampleCount"] for point in points), 900)
            self.assertEqual(max(point["Maximum"] for point in points), 899)

    def test_a_job_has_metrics_by_step(self):
        metrics = boto3.client("sagemaker-metrics")
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        data = [{"MetricName": "f1", "Timestamp": now, "Step": step, "Value": step / 4} for step in range(3)]
        answer = metrics.batch_put_metrics(TrialComponentName="measured-aws-training-job", MetricData=data)
        self.assertNotIn("Errors", answer)
        arn = sagemaker.describe_training_job(TrainingJobName="measured")["TrainingJobArn"]
        by_step = {"MetricStat": "Last", "Period": "IterationNumber", "XAxisType": "IterationNumber"}
        by_time = {"MetricStat": "Avg", "Period": "OneHour", "XAxisType": "Timestamp"}
        queries = [
            {"MetricName": "f1", "ResourceArn": arn, **by_step},
            {"MetricName": "f1", "ResourceArn": arn, **by_time},
            {"MetricName": "train:loss", "ResourceArn": arn, **by_time},
        ]
        steps, hours, loss = metrics.batch_get_metrics(MetricQueries=queries)["MetricQueryResults"]
        self.assertEqual((steps["XAxisValues"], steps["MetricValues"]), ([0, 1, 2], [0, 0.25, 0.5]))
        self.assertEqual(hours["XAxisValues"], [int(now.timestamp()) // 3600 * 3_600_000])
        self.assertEqual(hours["MetricValues"], [0.25])
        self.assertEqual(loss["Status"], "Complete")
        self.assertGreaterEqual(len(loss["MetricValues"]), 1)

    def test_errors_have_the_codes_that_query_clients_know(self):
        for protocol, cloudwatch in self.every_protocol():
            backwards = {"StartTime": self.range["EndTime"], "EndTime": self.range["StartTime"]}
            with self.assertRaises(ClientError) as caught:
                cloudwatch.get_metric_statistics(**self.loss, **backwards, Period=60, Statistics=["Sum"])
            error = caught.exception.response["Error"]
            self.assertEqual(error["Code"], "InvalidParameterValue", protocol)
            self.assertIn("must be less than the parameter EndTime", error["Message"])


if __name__ == "__main__":
    unittest.main()
