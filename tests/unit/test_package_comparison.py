"""Every kind of package is held against its own, and what can't be looked into says so."""

from __future__ import annotations

from ansible_collections.ratchet.runtime.plugins.plugin_utils import package_comparison
from ansible_collections.ratchet.runtime.plugins.plugin_utils.packages_diff import Product

PRODUCT = Product("apache-airflow", "Apache Airflow", "apache-airflow-providers-", "Providers")
OLD = {
    "packages": {
        "pip": {"apache-airflow": "2.2.5", "apache-airflow-providers-http": "2.0.0"},
        "deb": {"libc6": "2.31"},
    },
    "freeze": ["apache-airflow==2.2.5", "apache-airflow-providers-http==2.0.0"],
}
NEW = {
    "packages": {
        "pip": {"apache-airflow": "2.3.4", "apache-airflow-providers-http": "3.0.0"},
        "deb": {"libc6": "2.36"},
    },
    "freeze": ["apache-airflow==2.3.4", "apache-airflow-providers-http==3.0.0"],
}


def test_each_change_is_there_once_under_its_kind() -> None:
    found = package_comparison.of(OLD, NEW, PRODUCT)
    assert [(each["kind"], each["title"], [one["name"] for one in each["packages"]]) for each in found["changes"]] == [
        ("pip", "Apache Airflow Update", ["apache-airflow"]),
        ("pip", "Providers Major Updates", ["apache-airflow-providers-http"]),
        ("deb", "Minor Updates (deb)", ["libc6"]),
    ]
    assert found["counts"] == {"minor": 2, "major": 1}
    assert "apache-airflow 2.2.5 >> 2.3.4" in found["text"]


def test_the_providers_are_pinned_as_they_are() -> None:
    files = package_comparison.files(OLD, NEW, PRODUCT)
    assert files["pinned-providers.txt"] == "apache-airflow-providers-http==2.0.0\n"
    assert "libc6 2.31 (deb)" in files["packages-current.txt"]
    assert package_comparison.files(OLD, NEW, Product())["pinned-providers.txt"] == ""


def test_an_image_that_can_not_be_looked_into_is_told() -> None:
    assert package_comparison.of(OLD, {"failed": True, "msg": "no such image"}, PRODUCT) == {"error": "no such image"}
    assert package_comparison.files({"msg": "x"}, NEW, PRODUCT)["packages-current.txt"] == ""
