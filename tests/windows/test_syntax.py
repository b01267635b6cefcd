# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shipped PowerShell uses only what Windows PowerShell 5.1 has, is strict, and makes no script out of values.

What is allowed is listed, so that anything new is looked up before it is used: an operator, a cmdlet with its
parameters, a method, a type. All of them are in Windows PowerShell 5.1 with .NET Framework 4.5.2.
"""

from __future__ import annotations

import json
import subprocess

import pytest
from harness import HERE, ROOT

SHIPPED = sorted([*(ROOT / "plugins").rglob("*.ps1"), *(ROOT / "plugins").rglob("*.psm1")])
OWN_WORDS = {"Set-StrictMode -Version 3", "$ErrorActionPreference = 'Stop'"}
# of the rollback's task: a constant, and what it reads is a file of ours; a policy may forbid to run script files
TASK_ARGUMENTS = "([scriptblock]::Create([IO.File]::ReadAllText(''{0}'')))"
# operators of PowerShell 7: && || ?? ??= ?. ?[ and the ternary
NEWER_TOKENS = {
    "AndAnd",
    "OrOr",
    "QuestionQuestion",
    "QuestionQuestionEquals",
    "QuestionDot",
    "QuestionLBracket",
    "QuestionMark",
}
NEWER_NODES = {"TernaryExpressionAst", "PipelineChainAst"}
CMDLETS = {
    "ConvertFrom-Json": {"InputObject"},
    "Export-ModuleMember": {"Function"},
    "ForEach-Object": {"Process"},
    "Get-Acl": {"LiteralPath"},
    "Get-Command": {"CommandType", "Name"},
    "Get-Member": {"InputObject", "Name"},
    "Get-NetTCPConnection": {"ErrorAction", "LocalPort", "State"},
    "New-Object": {"ArgumentList", "ComObject", "TypeName"},
    "Set-Acl": {"AclObject", "LiteralPath"},
    "Set-StrictMode": {"Version"},
    "Where-Object": {"FilterScript"},
}
TYPES = {
    "AllowEmptyCollection", "AllowEmptyString", "AllowNull", "Ansible.Basic.AnsibleModule", "Array", "CmdletBinding",
    "Convert", "Math", "NullString", "Parameter", "System.Collections.IDictionary", "System.DateTimeOffset",
    "System.Diagnostics.Stopwatch", "System.Exception", "System.Exception[]", "System.Globalization.CultureInfo",
    "System.IO.Directory", "System.IO.DirectoryNotFoundException", "System.IO.File", "System.IO.FileAccess",
    "System.IO.FileAttributes", "System.IO.FileMode", "System.IO.FileOptions", "System.IO.FileShare",
    "System.IO.FileStream", "System.IO.IOException", "System.IO.Path", "System.Management.Automation.PSCustomObject",
    "System.Net.IPAddress", "System.Runtime.InteropServices.Marshal", "System.Security.Cryptography.SHA256",
    "System.Security.SecurityElement", "System.StringComparer", "System.StringComparison", "System.Text.Encoding",
    "System.Threading.Thread", "ValidateSet", "array", "bool", "byte", "byte[]", "char", "guid", "hashtable", "int",
    "long", "object", "object[]", "ordered", "ref", "regex", "scriptblock", "string", "string[]", "switch", "void",
}  # fmt: skip
# static ones with their type; of the others the name decides
STATIC = {
    "Ansible.Basic.AnsibleModule::|Create", "Array::|Sort", "Convert::|ToString", "Math::|Ceiling", "Math::|Max",
    "Math::|Min", "System.Diagnostics.Stopwatch::|GetTimestamp", "System.IO.Directory::|CreateDirectory",
    "System.IO.Directory::|Delete", "System.IO.Directory::|Exists", "System.IO.Directory::|GetFileSystemEntries",
    "System.IO.File::|Delete", "System.IO.File::|Exists", "System.IO.File::|GetAttributes", "System.IO.File::|Move",
    "System.IO.File::|ReadAllText", "System.IO.File::|Replace", "System.IO.FileStream::|new",
    "System.IO.Path::|Combine", "System.Net.IPAddress::|TryParse",
    "System.Runtime.InteropServices.Marshal::|IsComObject",
    "System.Runtime.InteropServices.Marshal::|ReleaseComObject", "System.Security.Cryptography.SHA256::|Create",
    "System.Security.SecurityElement::|Escape", "System.Threading.Thread::|Sleep", "guid::|NewGuid", "regex::|Match",
    "regex::|Matches",
}  # fmt: skip
METHODS = {
    "Add", "AddDays", "AddSeconds", "Clone", "ComputeHash", "Connect", "Contains", "ContainsKey", "CopyTo",
    "DeleteTask", "Dispose", "ExitJson", "FailJson", "Flush", "GetAddressBytes", "GetBaseException", "GetBytes",
    "GetFolder", "GetTask", "IndexOfAny", "Item", "PadLeft", "RegisterTask", "Remove",
    "Replace", "SetSecurityDescriptorSddlForm", "StartsWith", "Substring", "ToCharArray", "ToLowerInvariant",
    "ToString", "Trim", "TrimEnd", "TrimStart", "Warn", "Write",
}  # fmt: skip


@pytest.fixture(scope="module")
def read(pwsh):
    def read(files):
        names = ", ".join(f"'{file}'" for file in files)
        command = [pwsh, "-NoProfile", "-Command", f"& '{HERE / 'syntax.ps1'}' -Path {names}"]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    return read


def too_new(file, own_functions):
    """Everything in a file that is not known to be in Windows PowerShell 5.1."""
    yield from file["errors"]
    yield from NEWER_TOKENS & set(file["tokens"])
    yield from NEWER_NODES & set(file["nodes"])
    yield from set(file["types"]) - TYPES
    for command in file["commands"]:
        name = command["name"]
        if name is not None and name not in own_functions:
            yield from (
                [name]
                if name not in CMDLETS
                else [f"{name} -{p}" for p in command["parameters"] if p not in CMDLETS[name]]
            )
    for method in file["methods"]:
        owner, _bar, name = method.rpartition("|")
        if (method not in STATIC) if owner.endswith("::") else (name not in METHODS):
            yield method


def test_what_is_shipped_is_known_to_windows_powershell(read):
    files = read(SHIPPED)
    own = {function["name"] for file in files for function in file["functions"]}
    found = [f"{file['file']}: {text}" for file in files for text in too_new(file, own)]
    assert len(files) >= 7 and not found, "\n".join(found)


def test_every_file_is_strict_short_and_plain_ascii(read):
    for file, path in zip(read(SHIPPED), SHIPPED, strict=True):
        assert set(file["statements"]) >= OWN_WORDS, f"{path.name} does not say {OWN_WORDS}"
        assert file["lines"] <= 300, f"{path.name}: {file['lines']} lines"
        assert not [one for one in file["functions"] if one["lines"] > 40], path.name
        text = path.read_bytes().decode("ascii")
        assert "SPDX-License-Identifier: GPL-3.0-or-later" in text and max(map(len, text.splitlines())) <= 120, (
            path.name
        )


def test_no_value_becomes_script_and_only_two_files_touch_the_system(read):
    for file, path in zip(read(SHIPPED), SHIPPED, strict=True):
        text = path.read_text(encoding="utf-8").replace(TASK_ARGUMENTS, "")
        for word in (
            "Invoke-Expression",
            "iex ",
            "[scriptblock]::",
            "InvokeScript",
            "ExpandString",
            "AddScript",
            "Add-Type",
            "NewScriptBlock",
        ):
            assert word.lower() not in text.lower(), f"{path.name} holds {word}"
        made = [one for one in file["commands"] if one["name"] == "New-Object" and "ComObject" in one["parameters"]]
        assert len(made) == (path.name == "FirewallStore.psm1"), f"{path.name} makes {len(made)} COM objects"
        assert path.name == "FirewallStore.psm1" or ".Grouping" not in text
        touches = [word for word in ("System.IO", "$env:", "DateTime", "-Acl ") if word in text]
        assert path.name == "FirewallHost.psm1" or not touches, f"{path.name} holds {touches}"


PLANTED = {
    "$a ? 1 : 2": "TernaryExpressionAst",
    "$a ?? 1": "QuestionQuestion",
    "$a ??= 1": "QuestionQuestionEquals",
    "${a}?.b": "QuestionDot",
    "Get-Member && Get-Member": "AndAnd",
    "1 | ForEach-Object -Parallel { $_ }": "ForEach-Object -Parallel",
    "'{}' | ConvertFrom-Json -AsHashtable": "ConvertFrom-Json -AsHashtable",
    "[Convert]::ToHexString(1)": "Convert::|ToHexString",
    "[System.Security.Cryptography.SHA256]::HashData(1)": "System.Security.Cryptography.SHA256::|HashData",
    "'a'.Split('ab')": "'a'|Split",
    "[System.Index]1": "System.Index",
    "Get-Error": "Get-Error",
}


@pytest.mark.parametrize("line", PLANTED)
def test_what_is_too_new_is_found(read, tmp_path, line):
    path = tmp_path / "new.ps1"
    path.write_text(line, encoding="utf-8")
    (file,) = read([path])
    assert PLANTED[line] in list(too_new(file, set()))
