# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Make the pictures of the README from a running Odoo with demo data.

./dev serve service_contract_demo --port 8069 &
.dev/venv/bin/python docs/screenshots.py http://127.0.0.1:8069
"""

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"
BROWSER = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
# By the name of the picture: the path, what to search for, and what to click then.
PICTURES = {
    "contract_list": ("/odoo/service-contracts", "", []),
    "contract_form": (
        "/odoo/service-contracts",
        "HDG-2031",
        ["tr.o_data_row td[name=name]"],
    ),
    "ticket_form": (
        "/odoo/helpdesk-tickets",
        "Driver can't log in",
        ["tr.o_data_row td[name=number]", ".o_service_contract_why summary"],
    ),
}


def main(url):
    """Save each picture, with few colours so that it stays small."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(f"{url}/web/login")
        page.fill("input[name=login]", "admin")
        page.fill("input[name=password]", "admin")
        page.press("input[name=password]", "Enter")
        page.wait_for_selector(".o_main_navbar")
        for name, (path, text, clicks) in PICTURES.items():
            page.goto(url + path)
            page.wait_for_selector("tr.o_data_row")
            if text:
                page.fill(".o_searchview_input", text)
                page.press(".o_searchview_input", "Enter")
                page.wait_for_selector(f".o_facet_values:has-text({text!r})")
                page.wait_for_timeout(1500)
            for selector in clicks:
                page.click(selector)
            page.wait_for_timeout(2500)
            file = IMAGES / f"{name}.png"
            page.screenshot(path=file)
            Image.open(file).convert("P", palette=Image.ADAPTIVE, colors=128).save(
                file, optimize=True
            )
            print(f"{file} {file.stat().st_size // 1024} kB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
