import itertools
import re

import pytest

from pipeline import train

numbers = itertools.count(1)


def request(yard, script, **more):
    return {
        "TrainingJobName": f"job-{next(numbers)}",
        "RoleArn": "arn:aws:iam::111122223333:role/Training",
        "AlgorithmSpecification": {"TrainingImage": "my-image", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{yard.bucket}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
        "Environment": {"TRAINYARD_SIMULATE": script},
        **more,
    }


GPUS = {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10}
ENDINGS = [
    ("run 3h; model 1MiB", {}, r"register s3:.*/model\.tar\.gz"),
    ('exit 1 at 40s; failure "no such column"', {}, "tell its author: AlgorithmError: no such column, exit code: 1"),
    ("out of memory at 2h", {}, "tell its author: ClientError: Please use an instance type with more memory.*"),
    ('fail download client "gone"', {}, "tell its author: ClientError: Data download failed:gone"),
    ("lost at 2h", {}, "try again later"),
    ("attempt 1: lost at 2h", {"RetryStrategy": {"MaximumRetryAttempts": 1}}, "register .*"),
    ("run 2d", {}, "ask for more time"),
    ("run 3h", {"ResourceConfig": GPUS}, "ask for another instance type"),
]


@pytest.mark.parametrize("script, more, expected", ENDINGS)
def test_the_pipeline_knows_what_to_do(yard, script, more, expected):
    step = train(yard.sagemaker, request(yard, script, **more), lambda: yard.advance("1h"))
    assert re.fullmatch(expected, step)


def test_a_job_that_is_stopped_is_left_alone(yard):
    wanted = request(yard, "run 3h")

    def pause():
        yard.sagemaker.stop_training_job(TrainingJobName=wanted["TrainingJobName"])
        yard.advance("1h")

    assert train(yard.sagemaker, wanted, pause) == "nothing: somebody stopped it"


def spot(yard, script, runtime, wait):
    limits = {"MaxRuntimeInSeconds": runtime, "MaxWaitTimeInSeconds": wait}
    return request(yard, script, EnableManagedSpotTraining=True, StoppingCondition=limits)


def test_an_interrupted_job_goes_on_from_its_checkpoint(yard):
    wanted = spot(yard, "run 5h; checkpoint every 1h", 36_000, 86_400)
    looks = itertools.count(1)

    def pause():
        yard.advance("1h")
        if next(looks) == 3:
            assert yard.interrupt(wanted["TrainingJobName"])

    assert train(yard.sagemaker, wanted, pause).startswith("register ")


def test_a_job_that_is_interrupted_too_often_runs_out_of_its_time_to_wait(yard):
    wanted = spot(yard, "launch 20m; run 3h", 14_400, 14_400)
    looks = itertools.count(1)

    def pause():
        yard.advance("1h")
        if next(looks) < 4:
            yard.interrupt(wanted["TrainingJobName"])

    assert train(yard.sagemaker, wanted, pause) == "run it on demand"
