"""`push` loads a catalog over REST: against a server that takes what OpenMetadata's models take, in its order."""

import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import CATALOG, ROOT, natives
from models import (
    BulkOperationResult,
    CreateDatabaseRequest,
    CreateDatabaseSchemaRequest,
    CreateDatabaseServiceRequest,
    CreateTableProfileRequest,
    CreateTableRequest,
)
from pydantic import ValidationError

PUSH = ROOT / "shared" / "src" / "catalog" / "openmetadata" / "push.py"
TOKEN = "a.b.c"


class Server:
    """OpenMetadata, as far as `push` goes."""

    def __init__(self):
        self.entities: dict[str, dict] = {}
        self.profiles: dict[str, dict] = {}
        self.calls: list[str] = []
        self.refused: dict[str, str] = {}
        self.redirect = False
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self):
                self.answer()

            def do_GET(self):
                self.answer()

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = server.handle(self.command, self.path, self.headers, body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Location", server.url + "/elsewhere")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def handle(self, method, path, headers, body):
        self.calls.append(f"{method} {path}")
        if self.redirect:
            return 307, {}
        if headers["Authorization"] != f"Bearer {TOKEN}":
            return 401, {"code": 401, "message": "Token not valid"}
        path = path.removeprefix("/api/v1/")
        try:
            return self.route(method, path, body)
        except ValidationError as error:
            return 400, {"code": 400, "message": str(error)}

    def route(self, method, path, body):
        if (method, path) == ("PUT", "services/databaseServices"):
            return self.put(CreateDatabaseServiceRequest, body)
        if (method, path) == ("PUT", "databases"):
            return self.put(CreateDatabaseRequest, body, "service")
        if (method, path) == ("PUT", "databaseSchemas"):
            return self.put(CreateDatabaseSchemaRequest, body, "database")
        if (method, path) == ("PUT", "tables/bulk"):
            return self.put_tables(json.loads(body))
        if method == "GET" and path.startswith("tables/name/"):
            name = urllib.parse.unquote(path.removeprefix("tables/name/"))
            return (200, self.entities[name]) if name in self.entities else (404, {"message": f"no table {name}"})
        if method == "PUT" and path.endswith("/tableProfile"):
            table = path.split("/")[1]
            if table in self.refused:
                return 500, {"code": 500, "message": self.refused[table]}
            self.profiles[table] = CreateTableProfileRequest.model_validate_json(body).model_dump(exclude_none=True)
            return 200, {}
        return 404, {"message": "no such path"}

    def put(self, model, body, parent: str | None = None):
        model.model_validate_json(body)
        entity = json.loads(body)
        if parent and entity[parent] not in self.entities:
            return 404, {"code": 404, "message": f"{parent} {entity[parent]} not found"}
        name = f'"{entity["name"]}"' if "." in entity["name"] else entity["name"]
        full_name = f"{entity[parent]}.{name}" if parent else name
        self.entities[full_name] = {"id": f"id-of-{len(self.entities)}"} | self.entities.get(full_name, {}) | entity
        return 200, self.entities[full_name]

    def put_tables(self, tables):
        failed = []
        for table in tables:
            if table["name"] in self.refused:
                failed.append({"request": table, "message": self.refused[table["name"]], "status": 400})
            else:
                status, answer = self.put(CreateTableRequest, json.dumps(table), "databaseSchema")
                assert status == 200, answer
        result = {"status": "partialSuccess" if failed else "success", "failedRequest": failed}
        BulkOperationResult.model_validate(result)
        return 200, result


@pytest.fixture
def server():
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def push(*arguments, token: str | None = TOKEN, program=PUSH) -> subprocess.CompletedProcess:
    environment = {key: value for key, value in os.environ.items() if key != "OPENMETADATA_TOKEN"}
    environment |= {"OPENMETADATA_TOKEN": token} if token else {}
    return subprocess.run(
        [sys.executable, "-I", program, *arguments], env=environment, capture_output=True, text=True, timeout=60
    )


def push_golden(server: Server, **more) -> subprocess.CompletedProcess:
    return push(server.url, CATALOG / "openmetadata", **more)


def test_a_catalog_is_loaded_in_its_order(server):
    result = push_golden(server)
    count = len(natives())
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{count} of {count} tables and {count} profiles are loaded, 0 refusals\n"
    assert len(server.profiles) == count
    assert 'dynamodb.444455556666.eu-west-1."we.ird-table_1"' in server.entities


def test_loading_it_again_makes_nothing_new(server):
    push_golden(server)
    before = dict(server.entities)
    assert push_golden(server).returncode == 0
    assert server.entities == before


def test_it_loads_what_lies_beside_it(server, tmp_path):
    folder = shutil.copytree(CATALOG / "openmetadata", tmp_path / "openmetadata")
    shutil.copy(PUSH, folder / "push.py")
    assert push(server.url + "/api/", program=folder / "push.py").returncode == 0
    assert len(server.profiles) == len(natives())


def test_a_refused_table_is_told_and_the_others_are_loaded(server):
    server.refused["users"] = "column name is too long"
    result = push_golden(server)
    count = len(natives())
    assert result.returncode == 1
    assert "column name is too long" in result.stderr
    assert f"{count - 1} of {count} tables and {count - 1} profiles are loaded, 1 refusals" in result.stdout


def test_a_refused_profile_is_told_and_the_others_are_loaded(server):
    push_golden(server)
    table = server.entities["dynamodb.111122223333.eu-west-1.users"]["id"]
    server.refused[table] = "the disk is full"
    result = push_golden(server)
    assert result.returncode == 1
    assert f"refused: PUT tables/{table}/tableProfile: 500 the disk is full" in result.stderr


def test_a_wrong_token_ends_it_at_once(server):
    result = push_golden(server, token="wrong")
    assert result.returncode == 1
    assert "ended: PUT services/databaseServices: 401, the token may not do that: Token not valid" in result.stderr
    assert len(server.calls) == 1 and "wrong" not in result.stderr


def test_the_token_goes_nowhere_else(server):
    server.redirect = True
    result = push_golden(server)
    assert result.returncode == 1 and "307" in result.stderr
    assert len(server.calls) == 1


def test_it_says_what_is_missing(server, tmp_path):
    assert "OPENMETADATA_TOKEN is not set" in push_golden(server, token=None).stderr
    assert "is no address" in push("file:///etc/passwd", CATALOG / "openmetadata").stderr
    result = push(server.url, tmp_path)
    assert result.returncode == 1 and "service.json cannot be read" in result.stderr


def test_a_server_that_does_not_answer_is_told(server):
    server.http.shutdown()
    server.http.server_close()
    result = push_golden(server)
    assert result.returncode == 1 and "does not answer" in result.stderr
