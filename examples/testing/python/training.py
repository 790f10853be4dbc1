"""The code that is tested: it starts a training job on SageMaker and says how it ended. It knows nothing of Trainyard."""
import time
import boto3


def train(name, script, seconds=3600):
    sagemaker = boto3.client("sagemaker")
    account = boto3.client("sts").get_caller_identity()["Account"]
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=f"arn:aws:iam::{account}:role/SageMakerRole",
        AlgorithmSpecification={
            "TrainingImage": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["sh", "-c", script],
        },
        OutputDataConfig={"S3OutputPath": f"s3://sagemaker-{sagemaker.meta.region_name}-{account}/models"},
        ResourceConfig={"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1, "VolumeSizeInGB": 100},
        StoppingCondition={"MaxRuntimeInSeconds": seconds},
    )


def outcome(name):
    """How the job ended: (status, reason, S3 address of the model)."""
    sagemaker = boto3.client("sagemaker")
    while True:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
            return job["TrainingJobStatus"], job.get("FailureReason"), job.get("ModelArtifacts", {}).get("S3ModelArtifacts")
        time.sleep(0.1)
