"""OpenMetadata's published models, without the rest of its package: its own start imports what is not installed."""

import importlib.metadata
import sys
import types

_PACKAGE = types.ModuleType("metadata")
_PACKAGE.__path__ = [str(importlib.metadata.distribution("openmetadata-ingestion").locate_file("metadata"))]
sys.modules.setdefault("metadata", _PACKAGE)

from metadata.generated.schema.api.data.createDatabase import CreateDatabaseRequest  # noqa: E402
from metadata.generated.schema.api.data.createDatabaseSchema import CreateDatabaseSchemaRequest  # noqa: E402
from metadata.generated.schema.api.data.createTable import CreateTableRequest  # noqa: E402
from metadata.generated.schema.api.data.createTableProfile import CreateTableProfileRequest  # noqa: E402
from metadata.generated.schema.api.services.createDatabaseService import CreateDatabaseServiceRequest  # noqa: E402
from metadata.generated.schema.type.bulkOperationResult import BulkOperationResult  # noqa: E402

__all__ = [
    "BulkOperationResult",
    "CreateDatabaseRequest",
    "CreateDatabaseSchemaRequest",
    "CreateDatabaseServiceRequest",
    "CreateTableProfileRequest",
    "CreateTableRequest",
]
