"""Reads XML documents, a JSON string per line, and prints each as Python's expat sees it, a JSON value per line.

An element is [namespace, name, {"namespace name": value}, [children]]; neighbouring text is one string; a document that
expat refuses is {"refused": why}.
"""
import json
import sys
from xml.parsers import expat


def named(name):
    """Expat writes namespace, separator, name; and the name alone where there is no namespace."""
    namespace, _, local = name.rpartition(" ")
    return namespace, local


def tree(document):
    top = ["", "", {}, []]
    path = [top]

    def started(name, attributes):
        values = {" ".join(named(key)): value for key, value in attributes.items()}
        element = [*named(name), values, []]
        path[-1][3].append(element)
        path.append(element)

    def ended(_):
        path.pop()

    def text(data):
        children = path[-1][3]
        if children and isinstance(children[-1], str):
            children[-1] += data
        else:
            children.append(data)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text
    parser.Parse(document.encode("utf-8"), True)
    return top[3][0]


for line in sys.stdin:
    try:
        seen = tree(json.loads(line))
    except expat.ExpatError as error:
        seen = {"refused": str(error)}
    print(json.dumps(seen))
