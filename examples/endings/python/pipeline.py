OVER = ("Completed", "Failed", "Stopped")


def train(sagemaker, request, pause):
    """Runs a training job to its end and says what the pipeline does next. `pause` waits between two looks."""
    sagemaker.create_training_job(**request)
    while True:
        job = sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"])
        if job["TrainingJobStatus"] in OVER:
            return next_step(job)
        pause()


def next_step(job):
    status, reason = job["SecondaryStatus"], job.get("FailureReason", "")
    if status == "Completed":
        return "register " + job["ModelArtifacts"]["S3ModelArtifacts"]
    if status == "MaxRuntimeExceeded":
        return "ask for more time"
    if status == "MaxWaitTimeExceeded":
        return "run it on demand"
    if status == "Stopped":
        return "nothing: somebody stopped it"
    if reason.startswith("CapacityError"):
        return "ask for another instance type"
    if reason.startswith("InternalServerError"):
        return "try again later"
    return "tell its author: " + reason
