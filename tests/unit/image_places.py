"""Projects by where they write their image: what is edited there, and every other character of every file has to stay."""

from __future__ import annotations

COMPOSE = "/p/compose.yaml"
OVERRIDE = "/p/compose.override.yaml"
ENV = "/p/.env"

# Beyond literals and plain variables: files, then the file and the text in it that becomes the new one.
EVERYWHERE = {
    "default": ({COMPOSE: "services: {web: {image: 'reg:5000/app:${TAG:-<1.0.0>}'}} # ${TAG:-1.0.0}\n"}, "1.1.0"),
    "default of an empty variable": (
        {COMPOSE: "services: {web: {image: 'reg:5000/app:${TAG:-<1.0.0>}'}}\n", ENV: "TAG=\n"},
        "1.1.0",
    ),
    "nested default": ({COMPOSE: "services: {web: {image: 'reg:5000/app:${A:-${B-<1.0.0>}}'}}\n"}, "1.1.0"),
    "inner variable": (
        {COMPOSE: "services: {web: {image: 'reg:5000/app:${A:-${B:-x}}'}}\n", ENV: "B=<1.0.0>\n"},
        "1.1.0",
    ),
    "alternative": (
        {
            COMPOSE: "services: {web: {image: '${A:+reg:5000/app:<1.0.0>}'}}\n".replace(
                "reg:5000/app:<1.0.0>", "<reg:5000/app:1.0.0>"
            ),
            ENV: "A=1\n",
        },
        "reg:5000/app:1.1.0",
    ),
    "whole image as default": (
        {COMPOSE: "services: {web: {image: '${IMAGE:-<reg:5000/app:1.0.0>}'}}\n"},
        "reg:5000/app:1.1.0",
    ),
    "registry from a variable": (
        {COMPOSE: "services: {web: {image: '${R}/app:<1.0.0>'}}\n", ENV: "R=reg:5000\n"},
        "1.1.0",
    ),
    "registry from the shell": (
        {COMPOSE: "services: {web: {image: '${R}/app:${TAG}'}}\n", ENV: "TAG=<1.0.0>\n"},
        "1.1.0",
    ),
    "variable of a variable": (
        {COMPOSE: "services: {web: {image: 'reg:5000/app:$TAG'}}\n", ENV: "BASE=<1.0.0>\nTAG=${BASE}\nBASE=2\n"},
        "1.1.0",
    ),
    "quoted over several lines": (
        {COMPOSE: "services: {web: {image: 'reg:5000/app:$TAG'}}\n", ENV: "TAG='<1.0.0>'\nKEY=\"a\nTAG=1.0.0\n\"\n"},
        "1.1.0",
    ),
    "fixed end of a tag": (
        {COMPOSE: "services: {web: {image: 'reg:5000/app:1.${MINOR}.0'}}\n", ENV: "MINOR=<0>\n"},
        "1",
    ),
    "half of a reference": (
        {COMPOSE: "services: {web: {image: '${R}:${TAG}'}}\n", ENV: 'R=reg:5000/app\nTAG="<1.0.0>"\t\n'},
        "1.1.0",
    ),
    "merged mapping": (
        {COMPOSE: "x-c: &c\n  image: <reg:5000/app:1.0.0>\t# c\nservices:\n  web:\n    <<: *c\n"},
        "reg:5000/app:1.1.0",
    ),
    "the first of several merged": (
        {
            COMPOSE: "x-a: &a {init: true}\nx-b: &b {image: '<reg:5000/app:1.0.0>'}\nx-c: &c {image: no}\nservices: {web: {<<: [*a, *b, *c]}}\n"
        },
        "reg:5000/app:1.1.0",
    ),
    "its own beats what is merged": (
        {COMPOSE: "x-b: &b {image: no}\nservices: {web: {<<: *b, image: '<reg:5000/app:1.0.0>'}}\n"},
        "reg:5000/app:1.1.0",
    ),
    "merged within merged": (
        {COMPOSE: "x-a: &a {image: '<reg:5000/app:1.0.0>'}\nx-b: &b {<<: *a}\nservices: {web: {<<: *b}}\n"},
        "reg:5000/app:1.1.0",
    ),
    "alias of a scalar": (
        {COMPOSE: 'x-i: &i "<reg:5000/app:1.0.0>"  \nservices: {web: {image: *i}}\n'},
        "reg:5000/app:1.1.0",
    ),
    "alias of a service": (
        {COMPOSE: "services: {a: &a {image: '<reg:5000/app:1.0.0>'}, web: *a}\n"},
        "reg:5000/app:1.1.0",
    ),
    "anchored variable": (
        {COMPOSE: "x-c: &c {image: 'reg:5000/app:${TAG:-<1.0.0>}'}\nservices: {web: {<<: *c}}\n"},
        "1.1.0",
    ),
    "extends": ({COMPOSE: "services: {b: {image: '<reg:5000/app:1.0.0>'}, web: {extends: b}}\n"}, "reg:5000/app:1.1.0"),
    "extends beaten by its own": (
        {COMPOSE: "services: {b: {image: no}, web: {extends: b, image: '<reg:5000/app:1.0.0>'}}\n"},
        "reg:5000/app:1.1.0",
    ),
    "extends along a chain of files": (
        {
            COMPOSE: "services: {web: {extends: {file: d/one.yml, service: one}}}\n",
            "/p/d/one.yml": "services: {one: {extends: {file: two.yml, service: two}}}\n",
            "/p/d/two.yml": "services: {two: {image: 'reg:5000/app:${TAG}'}}\n",
            ENV: "TAG=<1.0.0>\n",
        },
        "1.1.0",
    ),
    "include": (
        {COMPOSE: "include: [i/c.yml]\n", "/p/i/c.yml": "services: {web: {image: '<reg:5000/app:1.0.0>'}}\n"},
        "reg:5000/app:1.1.0",
    ),
    "include with its own .env": (
        {
            COMPOSE: "include: [i/c.yml]\n",
            "/p/i/c.yml": "services: {web: {image: 'reg:5000/app:$TAG'}}\n",
            "/p/i/.env": "TAG=<1.0.0>\n",
        },
        "1.1.0",
    ),
    "include, beaten by the project's .env": (
        {
            COMPOSE: "include: [i/c.yml]\n",
            "/p/i/c.yml": "services: {web: {image: 'reg:5000/app:$TAG'}}\n",
            "/p/i/.env": "TAG=no\n",
            ENV: "TAG=<1.0.0>\n",
        },
        "1.1.0",
    ),
    "include in long form": (
        {
            COMPOSE: "include:\n- path: ['${D}/c.yml', i/o.yml]\n  env_file: v.env\n  project_directory: .\n",
            "/p/i/c.yml": "services: {web: {image: no}}\n",
            "/p/i/o.yml": "services: {web: {extends: {file: z.yml, service: z}}}\n",
            "/p/z.yml": "services: {z: {image: 'reg:5000/app:$V'}}\n",
            "/p/v.env": "V=<1.0.0>\n",
            "/p/i/.env": "V=no\n",
            ENV: "D=i\n",
        },
        "1.1.0",
    ),
    "an override of what is included": (
        {
            COMPOSE: "include: [i.yml]\n",
            OVERRIDE: "services: {web: {image: '<reg:5000/app:1.0.0>'}}\n",
            "/p/i.yml": "services: {web: {image: no}}\n",
        },
        "reg:5000/app:1.1.0",
    ),
    "the last of several documents": (
        {COMPOSE: "services: {web: {image: no}}\n---\nservices: {web: {image: '<reg:5000/app:1.0.0>'}}\n"},
        "reg:5000/app:1.1.0",
    ),
}
