"""A Spark cluster of two executors, each a process of its own."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

# Its types match only its newest release.
pyspark: Any = importlib.import_module("pyspark")
sql: Any = importlib.import_module("pyspark.sql")

__all__ = ["cluster"]


@contextmanager
def cluster(folder: Path) -> Generator[Any]:
    """Start Spark on two executors of one core, and stop it at the end."""
    here = {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(folder),
    }
    with mock.patch.dict(os.environ, here):
        builder = sql.SparkSession.builder.master("local-cluster[2,1,1024]").appName("campaignkit")
        for name, value in {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.log.level": "ERROR",
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",  # wait for all executors
            "spark.sql.adaptive.coalescePartitions.enabled": "false",  # small tasks are not merged
            "spark.sql.shuffle.partitions": "5",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        try:
            yield session
        finally:
            session.stop()
