#!/usr/bin/env python3
"""Takes the picture of a report's plot, as .github/report.png has it.

usage: report_picture.py REPORT.html PICTURE.png

Needs the Python packages playwright and pillow, and a Chromium on the PATH."""
import pathlib
import shutil
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

page_file, picture = map(pathlib.Path, sys.argv[1:])
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 680, "height": 900}, device_scale_factor=1.5)
    page.goto(page_file.resolve().as_uri())
    page.wait_for_selector("canvas, svg")
    page.wait_for_timeout(1000)
    top = page.get_by_role("heading", name="Plot").bounding_box()["y"] - 12
    last = page.get_by_role("button", name="CSV").bounding_box()
    page.screenshot(path=picture, full_page=True, clip={
        "x": 12, "y": top, "width": 656, "height": last["y"] + last["height"] - top + 1})
    browser.close()
# Few colours make a small file.
Image.open(picture).convert("RGB").quantize(160).save(picture, optimize=True)
