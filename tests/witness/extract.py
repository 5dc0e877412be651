#!/usr/bin/env python3
"""Facts about the Databricks REST API, read off the vendor's Python SDK.

The SDK is parsed, never run: for each call its method, path, query keys, body
fields, answer and paging, and for each type the names its fields have on the
wire. Nothing but names and types is kept.

    python extract.py > calls.json      with databricks-sdk installed
    python extract.py --check           exit 1 when calls.json is out of date

A shape of code that is not understood is an error, never a guess.
"""

import ast
import importlib.metadata
import json
import re
import sys
from pathlib import Path

PACKAGE = "databricks-sdk"
VERSION = "0.156.0"

# What is read: every call of a class, or only the methods named.
CLASSES = {
    "compute.ClusterPoliciesAPI": None,
    "compute.ClustersAPI": None,
    "compute.CommandExecutionAPI": None,
    "compute.GlobalInitScriptsAPI": None,
    "compute.InstancePoolsAPI": None,
    "compute.InstanceProfilesAPI": None,
    "compute.LibrariesAPI": None,
    "compute.PolicyFamiliesAPI": None,
    "dashboards.LakeviewAPI": ["create", "get", "list", "trash"],
    "files.DbfsAPI": None,
    "iam.CurrentUserAPI": None,
    "iam.GroupsAPI": None,
    "iam.GroupsV2API": None,
    "iam.PermissionsAPI": None,
    "iam.ServicePrincipalsAPI": None,
    "iam.ServicePrincipalsV2API": None,
    "iam.UsersAPI": None,
    "iam.UsersV2API": None,
    "jobs.JobsAPI": None,
    "ml.ExperimentsAPI": None,
    "ml.ModelRegistryAPI": None,
    "pipelines.PipelinesAPI": ["create", "delete", "get", "list_pipelines"],
    "settings.NotificationDestinationsAPI": ["create", "delete", "get", "list"],
    "sql.AlertsAPI": ["create", "delete", "get", "list"],
    "sql.AlertsV2API": ["create_alert", "get_alert", "list_alerts", "trash_alert"],
    "sql.QueriesAPI": ["create", "delete", "get", "list"],
    "sql.WarehousesAPI": ["create", "delete", "get", "list"],
    "workspace.GitCredentialsAPI": None,
    "workspace.ReposAPI": None,
    "workspace.SecretsAPI": None,
    "workspace.WorkspaceAPI": None,
}

# Hand-written additions of the SDK: mixin file -> class, and the class it extends.
MIXINS = {
    "jobs": ("JobsExt", "jobs.JobsAPI"),
    "workspace": ("WorkspaceExt", "workspace.WorkspaceAPI"),
}

SCALARS = {
    "str": "string",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "any": "any",
    "Any": "any",
    "dict": "any",
    "BinaryIO": "any",
    # protobuf types, written as strings in JSON
    "Duration": "string",
    "Timestamp": "string",
    "FieldMask": "string",
}


class Unknown(Exception):
    def __init__(self, where, node):
        super().__init__(f"{where}: not understood: {ast.unparse(node)}")


def text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_call(node, name):
    """`anything.name(...)` or `name(...)`"""
    if not isinstance(node, ast.Call):
        return False
    f = node.func
    return (isinstance(f, ast.Attribute) and f.attr == name) or (isinstance(f, ast.Name) and f.id == name)


def walk(node):
    """Like ast.walk, in the order of the source."""
    yield node
    for child in ast.iter_child_nodes(node):
        yield from walk(child)


def dotted(node):
    """`a.b.c` as ["a", "b", "c"], else None."""
    names = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else None


class Module:
    def __init__(self, folder, name):
        self.name = name
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        self.classes = {c.name: c for c in tree.body if isinstance(c, ast.ClassDef)}
        self.aliases = {a.targets[0].id: a.value for a in tree.body if isinstance(a, ast.Assign)
                        and isinstance(a.value, ast.Subscript) and isinstance(a.targets[0], ast.Name)}

    def type(self, node, where):
        """A type expression out of an annotation."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        if isinstance(node, ast.Name):
            if node.id in SCALARS:
                return SCALARS[node.id]
            if node.id in self.classes:
                return f"{self.name}.{node.id}"
            if node.id in self.aliases:
                return self.type(self.aliases[node.id], where)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            outer, inner = node.value.id, node.slice
            if outer in ("Optional", "Iterator"):
                return self.type(inner, where)
            if outer == "Union":  # only in mixins: bytes or a stream
                return "any"
            if outer == "List":
                return [self.type(inner, where)]
            if outer == "Dict":
                return {"map": self.type(inner.elts[1], where)}
        raise Unknown(where, node)


class Sdk:
    def __init__(self):
        dist = importlib.metadata.distribution(PACKAGE)
        if dist.version != VERSION:
            sys.exit(f"{PACKAGE} {VERSION} is wanted, {dist.version} is installed")
        self.root = Path(dist.locate_file("databricks/sdk"))
        self.modules = {}
        self.shapes = {}

    def module(self, name):
        if name not in self.modules:
            self.modules[name] = Module(self.root / "service", name)
        return self.modules[name]

    def shape(self, qualified):
        """{"enum": [...]} or {"fields": {...}, "required": [...]} of one type."""
        if qualified not in self.shapes:
            module, name = qualified.split(".")
            self.shapes[qualified] = self.read_shape(self.module(module), self.module(module).classes[name])
        return self.shapes[qualified]

    def read_shape(self, module, cls):
        where = f"{module.name}.{cls.name}"
        if any(isinstance(b, ast.Name) and b.id == "Enum" for b in cls.bases):
            return {"enum": sorted(text(s.value) for s in cls.body if isinstance(s, ast.Assign))}
        if not cls.decorator_list:
            raise Unknown(where, cls)
        types, required, written, read = {}, [], {}, {}
        for s in cls.body:
            if isinstance(s, ast.AnnAssign):
                types[s.target.id] = module.type(s.annotation, where)
                if s.value is None:
                    required.append(s.target.id)
            elif isinstance(s, ast.FunctionDef) and s.name == "as_dict":
                for n in walk(s):
                    if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Subscript):
                        member = next(a.attr for a in walk(n.value) if dotted(a) and dotted(a)[0] == "self" and len(dotted(a)) == 2)
                        written[member] = text(n.targets[0].slice)
            elif isinstance(s, ast.FunctionDef) and s.name == "from_dict":
                for k in s.body[-1].value.keywords:
                    read[k.arg] = next(text(a) for a in k.value.args if text(a))
        if written != read or written.keys() != types.keys():
            raise Unknown(where, cls)
        shape = {"fields": {written[m]: t for m, t in types.items()}}
        if required:
            shape["required"] = sorted(written[m] for m in required)
        return shape

    def flat(self, key, type_, seen=()):
        """A query parameter that holds an object is sent as `key.field` each."""
        if isinstance(type_, str) and "." in type_ and "fields" in self.shape(type_):
            if type_ in seen:
                sys.exit(f"query {key}: {type_} holds itself")
            out = {}
            for name, inner in self.shape(type_)["fields"].items():
                out.update(self.flat(f"{key}.{name}", inner, (*seen, type_)))
            return out
        return {key: type_}


class Method:
    """One method of an API class that makes one request."""

    def __init__(self, sdk, module, cls, fn):
        self.sdk, self.module, self.cls, self.fn = sdk, module, cls, fn
        self.where = f"{module.name}.{cls}.{fn.name}"
        a = fn.args
        named = [*a.posonlyargs, *a.args]
        self.params = {p.arg: p.annotation for p in [*named, *a.kwonlyargs] if p.arg != "self"}
        self.defaulted = {p.arg for p in named[len(named) - len(a.defaults):]}
        self.defaulted |= {p.arg for p, d in zip(a.kwonlyargs, a.kw_defaults) if d is not None}
        does = [n for n in walk(fn) if is_call(n, "do") and ast.unparse(n.func) == "self._api.do"]
        if len(does) > 1:
            raise Unknown(self.where, fn)
        self.do = does[0] if does else None

    def param(self, name):
        return self.module.type(self.params[name], self.where)

    def path(self):
        """The path, or None for a call to the account's own API."""
        node = self.do.args[1]
        if text(node):
            return text(node)
        out = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                out += part.value
                continue
            value = part.value
            if is_call(value, "_escape_multi_segment_path_parameter"):
                value = value.args[0]
            if isinstance(value, ast.Attribute) and value.attr == "value":
                value = value.value
            if isinstance(value, ast.Name) and value.id in self.params:
                out += "{" + value.id + "}"
            elif ast.unparse(value) in ("self._api.account_id", "self._api._cfg.account_id"):
                return None
            else:
                raise Unknown(self.where, value)
        return out

    def path_values(self):
        """The values the documentation allows for a placeholder of the path."""
        out = {}
        for param, words in re.findall(r":param (\w+):(.*?)(?=\n\s*:|\Z)", ast.get_docstring(self.fn) or "", re.S):
            listed = re.search(r"[Cc](?:an|ould) be one of the following:([^.]*)", words)
            if listed and "{" + param + "}" in self.path():
                out[param] = sorted(re.findall(r"(?!or\b)[a-z][\w-]*", listed.group(1)))
        return out

    def value(self, node):
        """(type, parameter) of a value put into a query or a body; None for what paging sets."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return ("bool" if node.value in ("true", "false") else "string"), None
            return None
        if isinstance(node, ast.Name) and node.id in self.params:
            return self.param(node.id), node.id
        if isinstance(node, ast.ListComp):
            return self.value(node.generators[0].iter)
        if isinstance(node, ast.Attribute) and node.attr == "value":
            return self.value(node.value)
        if is_call(node, "as_dict") or is_call(node, "ToJsonString"):
            return self.value(node.func.value)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "json":
            return None
        raise Unknown(self.where, node)

    def filled(self, variable):
        """wire name -> (type, parameter), out of the statements that fill the variable."""
        out = {}

        def put(key, node, conditional):
            got = self.value(node)
            if got is None:
                return
            type_, param = got
            # `if overwrite: data["overwrite"] = "true"`
            if param is None and isinstance(conditional, ast.Name) and conditional.id in self.params:
                type_, param = self.param(conditional.id), conditional.id
            out[key] = (type_, param)

        def visit(statements, conditional):
            for s in statements:
                if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name) and s.targets[0].id == variable:
                    if isinstance(s.value, ast.Dict):
                        for k, v in zip(s.value.keys, s.value.values):
                            put(text(k), v, conditional)
                    elif is_call(s.value, "as_dict"):
                        type_, _ = self.value(s.value)
                        shape = self.sdk.shape(type_)
                        self.whole = type_
                        for name, inner in shape["fields"].items():
                            out[name] = (inner, None)
                        self.required |= set(shape.get("required", []))
                    elif not isinstance(s.value, ast.Subscript):
                        raise Unknown(self.where, s)
                elif isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Subscript):
                    if ast.unparse(s.targets[0].value) == variable:
                        put(text(s.targets[0].slice), s.value, conditional)
                elif isinstance(s, ast.If):
                    visit(s.body, s.test)
                    visit(s.orelse, s.test)
                elif isinstance(s, (ast.While, ast.For, ast.Try)):
                    visit(s.body, conditional)

        visit(self.fn.body, None)
        return out

    def facts(self):
        path = self.path()
        if path is None:
            return None
        self.required, self.whole = set(), None
        keywords = {k.arg: k.value for k in self.do.keywords}
        unknown = keywords.keys() - {"query", "body", "data", "files", "headers", "raw", "response_headers"}
        if unknown:
            raise Unknown(self.where, self.do)
        query, body, form = {}, {}, {}
        for name, into in (("query", query), ("body", body), ("data", form)):
            if name not in keywords:
                continue
            for key, (type_, param) in self.filled(keywords[name].id).items():
                into.update(self.sdk.flat(key, type_) if name == "query" else {key: type_})
                if param and param not in self.defaulted:
                    self.required.add(key)
        if "files" in keywords:
            for key, value in zip(keywords["files"].keys, keywords["files"].values):
                form[text(key)] = self.value(value)[0]
                self.required.add(text(key))
        call = {
            "name": f"{self.cls}.{self.fn.name}",
            "method": text(self.do.args[0]),
            "path": path,
            "query": query,
            "body": body,
            "required": sorted(self.required),
            "answer": None,
            "raw": "raw" in keywords,
            "paging": self.paging(),
        }
        if values := self.path_values():
            call["path_values"] = values
        if self.whole:
            call["body_type"] = self.whole
        if form:
            call["form"] = form
        call["answer"] = self.answer(call["paging"])
        return call

    def parsed(self):
        """[(type, argument)] of every `Type.from_dict(argument)`."""
        out = []
        for n in walk(self.fn):
            if is_call(n, "from_dict"):
                out.append((self.module.type(n.func.value, self.where), n))
        return out

    def answer(self, paging):
        if any(isinstance(n, ast.Yield) for n in walk(self.fn)):
            return self.listing(paging)
        for type_, n in self.parsed():
            argument = n.args[0]
            if isinstance(argument, ast.Name) and argument.id in ("res", "json", "op_response"):
                return type_
            if isinstance(argument, ast.Name):
                return [type_]
        for n in walk(self.fn):
            if isinstance(n, ast.Return) and isinstance(n.value, ast.Name) and n.value.id in ("res", "json"):
                return self.module.type(self.fn.returns, self.where)
        return None

    def listing(self, paging):
        """A method that yields items names only their type; the answer is the one
        type of the module that holds such a list and the token."""
        item = next(self.module.type(n.value.func.value, self.where) for n in walk(self.fn)
                    if isinstance(n, ast.Yield) and is_call(n.value, "from_dict"))
        wanted = {k for k in (paging["items"], paging.get("token")) if k}
        found = []
        for name, cls in self.module.classes.items():
            if name.endswith("API") or not cls.decorator_list:
                continue
            fields = self.sdk.shape(f"{self.module.name}.{name}")["fields"]
            if wanted <= fields.keys() and fields[paging["items"]] == [item]:
                found.append(f"{self.module.name}.{name}")
        if len(found) > 1:  # `search_x` answers SearchXResponse, `list_x` ListXResponse
            verb = self.fn.name.split("_")[0].capitalize()
            found = [f for f in found if f.split(".")[1].startswith(verb)] or found
        if len(found) > 1 and all(self.sdk.shape(f) == self.sdk.shape(found[0]) for f in found):
            found = [min(found, key=lambda f: (len(f), f))]
        if len(found) != 1:
            sys.exit(f"{self.where}: which of {found} is the answer?")
        return found[0]

    def paging(self):
        loops = [n for n in walk(self.fn) if isinstance(n, ast.While) and self.do in walk(n)]
        if not loops:
            return None
        items = next(text(n.iter.slice) for n in walk(loops[0]) if isinstance(n, ast.For))
        out = None
        for n in walk(loops[0]):
            if isinstance(n, ast.Assign) and isinstance(n.value, ast.Subscript) and ast.unparse(n.value.value) == "json":
                token, target = text(n.value.slice), n.targets[0]
                if isinstance(target, ast.Subscript):
                    out = {"style": "page_token", "items": items, "token": token,
                           target.value.id: text(target.slice)}
                else:  # the answer holds the whole next request
                    out = {"style": "next_request", "items": items, "token": token}
            elif isinstance(n, ast.AugAssign):
                out = {"style": "start_index", "items": items, "token": None,
                       n.target.value.id: text(n.target.slice)}
        if out is None:
            raise Unknown(self.where, loops[0])
        # what the SDK sends when the caller says nothing
        sent = {}
        for n in walk(self.fn):
            if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Subscript) and isinstance(n.value, ast.Constant):
                if ast.unparse(n.targets[0].value) in ("query", "body"):
                    sent[text(n.targets[0].slice)] = n.value.value
        if sent:
            out["sent"] = sent
        # items may come twice; every item must carry this field
        for n in walk(loops[0]):
            if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "i" and ast.unparse(n.value.value) == "v":
                out["unique"] = text(n.value.slice)
        return out


def methods(sdk, module, cls, names=None):
    node = module.classes[cls]
    found = {f.name: f for f in node.body if isinstance(f, ast.FunctionDef)}
    for name in names or found:
        m = Method(sdk, module, cls, found[name])
        if m.do:
            yield m
        elif names:
            sys.exit(f"{m.where}: makes no request")


class MixinModule(Module):
    """Names in a mixin are the service module's."""

    def __init__(self, sdk, file, service):
        super().__init__(sdk.root / "mixins", file)
        self.mixin, self.name = dict(self.classes), service.name
        self.classes = {**service.classes, **self.classes}


def wrapper(fn):
    """What a mixin does around a call of the same API: pages it puts together.

    Either `x.a.b.extend(next.a.b)` while a token is there, or `x.a.b = full.a.b`
    when a flag in a listed item says that its arrays were cut."""
    supers = {n.func.attr for n in walk(fn) if isinstance(n, ast.Call) and ast.unparse(n.func).startswith("super().")}
    if len(supers) != 1:
        return None
    base = supers.pop()
    extended = [dotted(n.func.value)[1:] for n in walk(fn) if is_call(n, "extend")]
    if extended:
        loop = next(n for n in walk(fn) if isinstance(n, ast.While))
        token = dotted(loop.test.left)[1:]
        key = next(k.arg for n in walk(loop) if isinstance(n, ast.Call) for k in n.keywords
                   if dotted(k.value) and dotted(k.value)[1:] == token)
        return base, {"style": "page_token", "items": sorted({".".join(e) for e in extended}),
                      "token": ".".join(token), "query": key}
    filled, flag, refetch = [], None, None
    for n in walk(fn):
        if isinstance(n, ast.If) and dotted(n.test) and len(dotted(n.test)) == 2:
            flag = dotted(n.test)[1]
            for s in n.body:
                if is_call(s.value, s.value.func.attr if isinstance(s.value, ast.Call) else ""):
                    refetch = s.value.func.attr
                elif isinstance(s, ast.Assign):
                    filled.append(".".join(dotted(s.targets[0])[1:]))
    if filled:
        return base, {"style": "cut_arrays", "flag": flag, "items": sorted(filled), "whole": refetch}
    return None


def mixin_calls(sdk, calls):
    for file, (cls, extends) in sorted(MIXINS.items()):
        service, base_cls = extends.split(".")
        module = MixinModule(sdk, file, sdk.module(service))
        for m in (Method(sdk, module, cls, f) for f in module.mixin[cls].body if isinstance(f, ast.FunctionDef)):
            if m.do:
                call = m.facts()
            else:
                found = wrapper(m.fn)
                if found is None:
                    continue
                base, paging = found
                call = dict(next(c for c in calls if c["name"] == f"{base_cls}.{base}"))
                call["name"] = f"{cls}.{m.fn.name}"
                if "whole" in paging:
                    paging["whole"] = f"{base_cls}.{paging['whole']}"
                call["paging"] = paging
            call["from"] = "mixin"
            yield call


def named(expr):
    """Every type a type expression names."""
    if isinstance(expr, str):
        if "." in expr:
            yield expr
    elif isinstance(expr, list):
        for e in expr:
            yield from named(e)
    elif isinstance(expr, dict):
        for e in expr.values():
            yield from named(e)


def closure(sdk, calls):
    todo = []
    for c in calls:
        todo += named([c["answer"] or "", c.get("body_type", "")])
        for part in ("query", "body", "form"):
            todo += [t for e in c.get(part, {}).values() for t in named(e)]
    types = {}
    while todo:
        name = todo.pop()
        if name not in types:
            types[name] = shape = sdk.shape(name)
            todo += named(list(shape.get("fields", {}).values()))
    return types


def render(calls, types):
    """One call and one type a line, so that a new version of the SDK reads as a diff."""
    def line(x):
        return json.dumps(x, ensure_ascii=False, sort_keys=True)

    order = ("name", "from", "method", "path", "path_values", "query", "body", "body_type", "form", "required", "answer", "raw", "paging")

    def call_line(c):
        assert c.keys() <= set(order), c.keys()
        return "{" + ", ".join(f'"{k}": {line(c[k])}' for k in order if k in c) + "}"

    out = ["{", '"source": ' + line({"package": PACKAGE, "version": VERSION}) + ",", '"calls": [']
    out.append(",\n".join(call_line(c) for c in sorted(calls, key=lambda c: c["name"])))
    out += ["],", '"types": {']
    out.append(",\n".join(f"{line(n)}: {line(t)}" for n, t in sorted(types.items())))
    out += ["}", "}"]
    return "\n".join(out) + "\n"


def main():
    sdk = Sdk()
    calls = []
    for qualified, names in CLASSES.items():
        module, cls = qualified.split(".")
        for m in methods(sdk, sdk.module(module), cls, names):
            facts = m.facts()
            if facts:
                calls.append(facts)
    calls += list(mixin_calls(sdk, calls))
    names = [c["name"] for c in calls]
    assert len(names) == len(set(names)), "two calls of one name"
    out = render(calls, closure(sdk, calls))
    json.loads(out)
    if "--check" in sys.argv[1:]:
        if Path(__file__).with_name("calls.json").read_text(encoding="utf-8") != out:
            sys.exit("calls.json is not what the installed SDK says")
    else:
        sys.stdout.write(out)


if __name__ == "__main__":
    main()
