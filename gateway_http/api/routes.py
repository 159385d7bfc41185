"""All of /api/v1, in one place."""

from collections import defaultdict
from typing import Any

import falcon.asgi

from gateway_http.api import (
    accounts,
    api_keys,
    exchanges,
    imports,
    item_changes,
    item_groups,
    items,
    items_bulk,
    journal,
    me,
    notifications,
    operated_accounts,
    price_list,
    register_groups,
    registers,
    removed_items,
    revisions,
    schedules,
    sessions,
    users,
)
from gateway_http.api.call import API_PREFIX
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.live_events import live_endpoint
from gateway_http.api.openapi import openapi_endpoint
from gateway_http.api.resource import PathResource, unknown_path
from gateway_http.deps import Deps
from gateway_http.live.hub import LiveHub

ENDPOINTS: tuple[Endpoint, ...] = (
    *sessions.ENDPOINTS,
    *me.ENDPOINTS,
    *accounts.ENDPOINTS,
    *operated_accounts.ENDPOINTS,
    *users.ENDPOINTS,
    *api_keys.ENDPOINTS,
    *journal.ENDPOINTS,
    *notifications.ENDPOINTS,
    *register_groups.ENDPOINTS,
    *registers.ENDPOINTS,
    *price_list.ENDPOINTS,
    *exchanges.ENDPOINTS,
    *item_groups.ENDPOINTS,
    *items.ENDPOINTS,
    *items_bulk.ENDPOINTS,
    *item_changes.ENDPOINTS,
    *imports.ENDPOINTS,
    *revisions.ENDPOINTS,
    *removed_items.ENDPOINTS,
    *schedules.ENDPOINTS,
)


def add_api_routes(app: "falcon.asgi.App[Any, Any]", deps: Deps) -> None:
    """Serve the JSON API on `app`."""
    by_path: dict[str, list[Endpoint]] = defaultdict(list)
    served = (*ENDPOINTS, live_endpoint(LiveHub(deps.bus)))
    for endpoint in (*served, openapi_endpoint(served, deps.settings.secure_cookies)):
        by_path[endpoint.path].append(endpoint)
    for path, endpoints in by_path.items():
        app.add_route(API_PREFIX + path, PathResource(deps, path, endpoints))
    app.add_sink(unknown_path(deps), rf"{API_PREFIX}(?:/.*)?\Z")
