"""Trains on the handwritten digits with boto3: upload, create, wait, read the log, fetch the model.

    pip install boto3
    python3 boto3_job.py

There is no endpoint in here: against Trainyard it runs with the variables of `trainyard env`, against AWS without them (and
with a role of yours).
"""

import os
import tarfile
import tempfile
import time

import boto3

HERE = os.path.dirname(os.path.abspath(__file__))
DIGITS = os.path.join(HERE, "..", "digits")
LOG_GROUP = "/aws/sagemaker/TrainingJobs"

sagemaker = boto3.client("sagemaker")
s3 = boto3.client("s3")
logs = boto3.client("logs")

account = boto3.client("sts").get_caller_identity()["Account"]
bucket = "sagemaker-%s-%s" % (sagemaker.meta.region_name, account)
job = "digits-boto3-%d" % time.time()


def upload():
    """The data as it is, the script as the archive that SageMaker's script mode takes."""
    for channel in ("train", "test"):
        s3.upload_file(os.path.join(DIGITS, channel, "digits.csv"), bucket, "%s/%s/digits.csv" % (job, channel))
    with tempfile.NamedTemporaryFile(suffix=".tar.gz") as archive:
        with tarfile.open(archive.name, "w:gz") as code:
            code.add(os.path.join(DIGITS, "train.py"), "train.py")
        s3.upload_file(archive.name, bucket, job + "/sourcedir.tar.gz")


def channel(name):
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": "s3://%s/%s/%s/" % (bucket, job, name),
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "ContentType": "text/csv"}


def create():
    sagemaker.create_training_job(
        TrainingJobName=job,
        RoleArn="arn:aws:iam::%s:role/SageMakerRole" % account,
        AlgorithmSpecification={
            "TrainingImage": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312",
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": "loss", "Regex": "loss=([0-9.]+)"},
                {"Name": "accuracy", "Regex": "accuracy=([0-9.]+)"},
            ],
        },
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "s3://%s/%s/sourcedir.tar.gz" % (bucket, job),
            "epochs": "3",
        },
        InputDataConfig=[channel("train"), channel("test")],
        OutputDataConfig={"S3OutputPath": "s3://%s/output" % bucket},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    print("created %s" % job, flush=True)


def wait():
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=job, WaiterConfig={"Delay": 1, "MaxAttempts": 600})
    return sagemaker.describe_training_job(TrainingJobName=job)


def show_log():
    for stream in logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=job + "/")["logStreams"]:
        events = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream["logStreamName"], startFromHead=True)
        for event in events["events"]:
            print("  " + event["message"])


def fetch(model):
    source_bucket, key = model[len("s3://") :].split("/", 1)
    os.mkdir(job)
    target = os.path.abspath(os.path.join(job, "model.tar.gz"))
    s3.download_file(source_bucket, key, target)
    print("model is in %s" % target)


upload()
create()
description = wait()
for transition in description["SecondaryStatusTransitions"]:
    print("%-12s %s" % (transition["Status"], transition["StatusMessage"]))
show_log()
for metric in description["FinalMetricDataList"]:
    print("%s is %.4f" % (metric["MetricName"], metric["Value"]))
fetch(description["ModelArtifacts"]["S3ModelArtifacts"])
