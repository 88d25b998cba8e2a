// Takes pictures of pages in headless Chromium: pictures.cjs PAGES FOLDER. None may be larger than what a page of the guides bears.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require(path.resolve(__dirname, "../../.browser/node_modules/playwright-core"));

const [pages, folder] = process.argv.slice(2).map((each) => path.resolve(each));
const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
];
// The picture, its page, and how much of it is shown.
const pictures = [
  { name: "rehearsal", page: "passed", width: 1000, height: 1150 },
  { name: "run", page: "upgrade", width: 1000, height: 1000 },
  { name: "terminal", page: "terminal", width: 1060, height: 2000 },
];
const most = 150_000;

async function main() {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
  try {
    const context = await browser.newContext({ offline: true, colorScheme: "light" });
    for (const { name, page, width, height } of pictures) {
      const tab = await context.newPage();
      await tab.setViewportSize({ width, height: 200 });
      await tab.goto(pathToFileURL(path.join(pages, `${page}.html`)).href);
      const whole = await tab.evaluate(() => document.documentElement.scrollHeight);
      const target = path.join(folder, `${name}.png`);
      await tab.screenshot({ path: target, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, whole) } });
      const { size } = fs.statSync(target);
      console.log(`${path.relative(".", target)}: ${size} bytes`);
      if (size > most) {
        console.log(`That is more than ${most}`);
        process.exitCode = 1;
      }
      await tab.close();
    }
  } finally {
    await browser.close();
  }
}

main();
