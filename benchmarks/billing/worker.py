# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One worker: warms up, waits for the word on stdin, bills, tells its peak memory."""

import json
import resource
import sys

from benchmarks.odoo_env import environment

from .contenders import CONTENDERS


def main(database, name):
    with environment(database) as env:
        contender = CONTENDERS[name](env)
        contender.warm_up()
        print("ready", flush=True)
        sys.stdin.readline()
        contender.bill()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"peak_mb": peak}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
