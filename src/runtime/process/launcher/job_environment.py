"""What a script is told about its job: the SM_* variables and its arguments, as the training toolkit makes them."""

import json
import os
import subprocess

from failure import SetupError
from folders import CODE, INPUT, MODEL, OUTPUT

PREFIX = "sagemaker_"
# Those that the toolkit keeps to itself; any other name with the prefix is a framework's setting (SM_FRAMEWORK_PARAMS).
KEPT_BACK = (
    "sagemaker_program",
    "sagemaker_submit_directory",
    "sagemaker_enable_cloudwatch_metrics",
    "sagemaker_region",
    "sagemaker_container_log_level",
    "sagemaker_job_name",
    "sagemaker_s3_output",
    "default_user_module_name",
    "_tuning_objective_metric",
)
# What the toolkit starts a distributed run for.
DISTRIBUTED = (
    "sagemaker_distributed_dataparallel_enabled",
    "sagemaker_mpi_enabled",
    "sagemaker_multi_worker_mirrored_strategy_enabled",
    "sagemaker_parameter_server_enabled",
    "sagemaker_pytorch_ddp_enabled",
    "sagemaker_pytorch_xla_multi_worker_enabled",
    "sagemaker_torch_distributed_enabled",
)
# Members of the job that have a variable of their own: SM_HOSTS, SM_NUM_GPUS and so on.
AS_VARIABLES = (
    "channels current_host current_instance_group current_instance_group_hosts current_instance_type "
    "distribution_instance_groups framework_module hosts input_config_dir input_data_config input_dir instance_groups "
    "instance_groups_dict is_hetero log_level model_dir module_dir module_name network_interface_name num_cpus num_gpus "
    "num_neurons output_data_dir output_dir output_intermediate_dir resource_config topology user_entry_point"
).split()
PROBE_SECONDS = 60


def read_job():
    """The job, by the names of the toolkit's training environment: what SM_TRAINING_ENV shows."""
    values = {name: decoded(text) for name, text in read_config("hyperparameters.json").items()}
    own = {name: value for name, value in values.items() if name.startswith(PREFIX) or name in KEPT_BACK}
    framework = {name: value for name, value in own.items() if name not in KEPT_BACK}
    check_distribution(framework)
    return {
        **places(),
        **machine(),
        **hosts(read_config("resourceconfig.json"), framework),
        **channels(read_config("inputdataconfig.json")),
        **program(own),
        "additional_framework_parameters": framework,
        "framework_module": os.environ.get("SAGEMAKER_TRAINING_MODULE"),
        "hyperparameters": {name: value for name, value in values.items() if name not in own},
        "job_name": os.environ.get("TRAINING_JOB_NAME"),
    }


def read_config(name):
    path = os.path.join(INPUT, "config", name)
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise SetupError("The platform's file %s cannot be read: %s" % (path, error)) from error


def decoded(text):
    """Hyperparameters are text: the SDKs write JSON in them, people plain words."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def check_distribution(framework):
    """Running the script once, by itself, would pass for what was asked for."""
    asked = [name for name in DISTRIBUTED if framework.get(name)]
    if asked:
        raise SetupError(
            "%s asks for a distributed run, which needs the package sagemaker-training (pip install sagemaker-training)"
            " in the environment that the job runs in." % asked[0]
        )


def places():
    return {
        "input_config_dir": os.path.join(INPUT, "config"),
        "input_dir": INPUT,
        "model_dir": MODEL,
        "output_data_dir": os.path.join(OUTPUT, "data"),
        "output_dir": OUTPUT,
        "output_intermediate_dir": os.path.join(OUTPUT, "intermediate"),
    }


def machine():
    return {
        # SageMaker's own distributed libraries are not to be had outside of AWS's images.
        "is_modelparallel_enabled": None,
        "is_smddpmprun_installed": False,
        "is_smddprun_installed": False,
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": gpus(),
        "num_neurons": sum(device.get("nc_count", 0) for device in json.loads(answer_of("neuron-ls", "-j") or "[]")),
    }


def gpus():
    """Those of the instance: nvidia-smi knows all of the machine's, whichever of them it was given."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return len([index for index in given.split(",") if index.strip() != ""])
    return sum(line.startswith("GPU ") for line in answer_of("nvidia-smi", "--list-gpus").splitlines())


def answer_of(*command):
    """What a program that looks for devices says; nothing where there is no such program, or no such device."""
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PROBE_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.decode(errors="replace") if run.returncode == 0 else ""


def hosts(resources, framework):
    """Who is in the job; several groups make a heterogeneous cluster, other jobs have one (behaviour 3.5)."""
    groups = {group["instance_group_name"]: group for group in resources.get("instance_groups", [])}
    own_group = resources.get("current_group_name", "homogeneousCluster")
    distributed = framework.get("sagemaker_distribution_instance_groups", [])
    distribution_hosts = [host for name in groups if name in distributed for host in groups[name]["hosts"]]
    master = (distribution_hosts or resources["hosts"])[0]
    return {
        "current_host": resources["current_host"],
        "current_instance_group": own_group,
        "current_instance_group_hosts": groups.get(own_group, {}).get("hosts", []),
        "current_instance_type": resources.get("current_instance_type", "local"),
        "distribution_hosts": distribution_hosts if groups else resources["hosts"],
        "distribution_instance_groups": distributed,
        "hosts": resources["hosts"],
        "instance_groups": list(groups),
        "instance_groups_dict": groups,
        "is_hetero": len(groups) > 1,
        "is_master": resources["current_host"] == master,
        "master_hostname": master,
        "network_interface_name": resources.get("network_interface_name", "eth0"),
        "resource_config": resources,
        "topology": resources.get("topology", []),
    }


def channels(config):
    return {
        "channel_input_dirs": {name: os.path.join(INPUT, "data", name) for name in config},
        "input_data_config": config,
    }


def program(own):
    name = os.environ.get("SAGEMAKER_PROGRAM") or own.get("sagemaker_program")
    submitted = own.get("sagemaker_submit_directory") or os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", CODE)
    return {
        "log_level": own.get("sagemaker_container_log_level", 20),
        "module_dir": str(submitted),
        "module_name": module_name(str(name)) if name else None,
        "user_entry_point": str(name) if name else None,
    }


def module_name(script):
    return script[: -len(".py")] if script.endswith(".py") else script


def platform_variables(job):
    """What the toolkit sets beside SM_*: modules of the user are found from every folder."""
    return {
        "CURRENT_HOST": job["current_host"],
        "PYTHONPATH": os.pathsep.join(filter(None, [CODE, os.environ.get("PYTHONPATH")])),
        "SAGEMAKER_JOB_NAME": job["job_name"] or "",
        "SAGEMAKER_REGION": os.environ.get("AWS_REGION", ""),
    }


def sm_variables(job):
    """The toolkit's variables (its page ENVIRONMENT_VARIABLES.md): text as it is, nothing as empty, the rest as JSON."""
    known = dict(job, channels=sorted(job["channel_input_dirs"]))
    values = {name: known[name] for name in AS_VARIABLES}
    # Machines of one kind only have one.
    if not job["topology"]:
        del values["topology"]
    values["framework_params"] = job["additional_framework_parameters"]
    values["hps"] = job["hyperparameters"]
    values["training_env"] = job
    values["user_args"] = command_arguments(job["hyperparameters"])
    values.update({"channel_" + name: path for name, path in job["channel_input_dirs"].items()})
    values.update({"hp_" + name: value for name, value in job["hyperparameters"].items()})
    # What cannot be a variable is still in SM_HPS and among the arguments.
    variables = {"SM_" + name.upper(): as_text(value) for name, value in values.items()}
    return {name: text for name, text in variables.items() if "=" not in name and "\0" not in name + text}


def as_text(value):
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def command_arguments(hyperparameters):
    """`--name value`, or `-n value` for a name of one letter, in the order of the names; values as Python prints them."""
    arguments = []
    for name in sorted(hyperparameters):
        value = hyperparameters[name]
        if isinstance(value, dict):
            value = ",".join("%s=%s" % pair for pair in sorted(value.items()))
        arguments += ["--" + name if len(name) > 1 else "-" + name, "" if value is None else str(value)]
    return arguments
