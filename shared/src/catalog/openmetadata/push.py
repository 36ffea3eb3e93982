#!/usr/bin/env python3
"""Loads a catalog that Rowferry exported into OpenMetadata.

    OPENMETADATA_TOKEN=… python3 push.py https://openmetadata.example.com [FOLDER]

FOLDER holds the export's files of openmetadata/, as `aws s3 sync` brings them; default: where this program lies. The
token is that of a bot or a person who may create services and edit tables. Loading the same catalog again changes
nothing. Ends with 1 when something was refused, and says what; all the rest is loaded.
"""

import argparse
import http.client
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

TABLES_EACH = 20
TIMEOUT_SECONDS = 120


class Refused(Exception):
    """A call that did not succeed; `ends` when no other one will."""

    def __init__(self, text: str, ends: bool = False):
        super().__init__(text)
        self.ends = ends


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes to the server that was named, and to no other."""

    def redirect_request(self, *_):
        return None


class OpenMetadata:
    """The REST calls of one server."""

    def __init__(self, url: str, token: str):
        self.url = url.rstrip("/").removesuffix("/api") + "/api/v1/"
        self.token = token
        self.opener = urllib.request.build_opener(NoRedirect)

    def call(self, method: str, path: str, body=None):
        """Makes one call and hands back the answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with self.opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            text = said(error.read())
            if error.code in (401, 403):
                raise Refused(f"{method} {path}: {error.code}, the token may not do that: {text}", ends=True) from None
            raise Refused(f"{method} {path}: {error.code} {text or error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise Refused(f"{method} {path}: {self.url} does not answer: {error}", ends=True) from None
        except ValueError:
            raise Refused(f"{method} {path}: the answer is no JSON; is this OpenMetadata's address?", ends=True) from None


def said(body: bytes) -> str:
    """What an answer says of itself."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip()[:200]


def full_name(table: dict) -> str:
    """The fully qualified name of a table: a name with a dot stands in quotes."""
    name = table["name"]
    return table["databaseSchema"] + "." + (f'"{name}"' if "." in name else name)


def read(folder: Path, name: str):
    """Reads a file of the export."""
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{folder / name} cannot be read: {error}", ends=True) from None


def push_tables(server: OpenMetadata, tables: list[dict], tell) -> list[dict]:
    """Loads tables, some at a time, and hands back those that were taken."""
    taken = []
    for start in range(0, len(tables), TABLES_EACH):
        some = tables[start : start + TABLES_EACH]
        try:
            failed = server.call("PUT", "tables/bulk", some).get("failedRequest") or []
        except Refused as refused:
            if refused.ends:
                raise
            tell(str(refused))
            continue
        for each in failed:
            tell(f"table {json.dumps(each.get('request'), ensure_ascii=False)}: {each.get('message')}")
        names = {name_of(each.get("request")) for each in failed}
        taken += [table for table in some if not names & {table["name"], full_name(table)}]
    return taken


def name_of(request) -> str | None:
    """The name in what a bulk answer says of a request: the request itself, or its table's name."""
    return request.get("name") if isinstance(request, dict) else request


def push_profile(server: OpenMetadata, folder: Path, table: dict):
    """Loads the profile of a table."""
    place = table["databaseSchema"].split(".", 1)[1]
    profile = read(folder, f"profiles/{place}.{table['name']}.json")
    name = urllib.parse.quote(full_name(table), safe="")
    found = server.call("GET", f"tables/name/{name}")
    server.call("PUT", f"tables/{found['id']}/tableProfile", profile)


def push(server: OpenMetadata, folder: Path) -> int:
    """Loads everything, in its order, and hands back how much was refused."""
    refusals = []

    def tell(text: str):
        refusals.append(text)
        print(f"refused: {text}", file=sys.stderr)

    server.call("PUT", "services/databaseServices", read(folder, "service.json"))
    for database in read(folder, "database.json"):
        server.call("PUT", "databases", database)
    for schema in read(folder, "schema.json"):
        server.call("PUT", "databaseSchemas", schema)
    tables = read(folder, "tables.json")
    taken = push_tables(server, tables, tell)
    profiles = 0
    for table in taken:
        try:
            push_profile(server, folder, table)
            profiles += 1
        except Refused as refused:
            if refused.ends:
                raise
            tell(str(refused))
    print(f"{len(taken)} of {len(tables)} tables and {profiles} profiles are loaded, {len(refusals)} refusals")
    return len(refusals)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="OpenMetadata's address, such as https://openmetadata.example.com")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent, help="the export's files")
    asked = parser.parse_args()
    token = os.environ.get("OPENMETADATA_TOKEN")
    if not token:
        parser.error("OPENMETADATA_TOKEN is not set; it takes the token of a bot, from Settings, Bots")
    if urllib.parse.urlsplit(asked.url).scheme not in ("http", "https"):
        parser.error(f"{asked.url} is no address; it begins with https://")
    try:
        return 1 if push(OpenMetadata(asked.url, token), asked.folder) else 0
    except Refused as refused:
        print(f"ended: {refused}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
