"""A dask cluster of Slurm jobs for maps, until Ctrl-C: `python slurm.py 20` takes 20 jobs at most.

It runs where jobs are submitted; in another terminal there, `marginlab sweep MAP --on ADDRESS` trains, with the
address that this prints. Set queue, account, times and sizes. Tried with dask-jobqueue 0.9 on Slurm 22.05, of one
machine and with one core a job.
"""

from __future__ import annotations

import sys
import threading

from dask_jobqueue import SLURMCluster

if __name__ == "__main__":
    cluster = SLURMCluster(
        cores=16,
        processes=16,  # one worker a core, each of one thread
        memory="32GB",
        walltime="01:00:00",
        # workers say good-bye before their time ends, so that nothing is done twice
        worker_extra_args=["--lifetime", "55m", "--lifetime-stagger", "4m"],
        # queue="short", account="…", interface="ib0",
    )
    with cluster:
        cluster.adapt(minimum_jobs=0, maximum_jobs=int(sys.argv[1]))
        print(f"marginlab sweep MAP --on {cluster.scheduler_address}", flush=True)
        threading.Event().wait()
