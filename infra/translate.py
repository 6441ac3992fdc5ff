"""Writes the CloudFormation template that AWS makes of a SAM template, without asking AWS.

cfn-lint does not check most properties of SAM resources; it checks what they are translated to. With an
architecture, the code is in local zips beside the template, and of that architecture: `aws cloudformation package`
uploads them.
"""

import json
import os
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.translator import Translator


class NoPolicies(ManagedPolicyLoader):
    """The roles are written out, so that no managed policy has to be known."""

    def __init__(self):
        super().__init__(iam_client=None)

    def load(self):
        return {}


def main(source, target, architecture=None):
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    with open(source, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    # `sam package` would put the place of the upload here.
    template["Globals"]["Function"]["CodeUri"] = {"Bucket": "code", "Key": "bootstrap.zip"}
    translated = Translator(NoPolicies().load(), Parser()).translate(template, {})
    if architecture:
        translated["Parameters"]["Architecture"].update(Default=architecture, AllowedValues=[architecture])
        for resource in translated["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                # As in `${Prefix}_worker_assistant`: the zips have the names of the crates.
                name = resource["Properties"]["FunctionName"]["Fn::Sub"].partition("_")[2]
                resource["Properties"]["Code"] = name.replace("_", "-") + ".zip"
                # Nothing is built any more.
                del resource["Metadata"]
    with open(target, "w", encoding="utf-8") as file:
        json.dump(translated, file, indent=2)


if __name__ == "__main__":
    main(*sys.argv[1:])
