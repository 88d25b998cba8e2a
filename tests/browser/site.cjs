// Reads the built site as somebody without a network does: site.cjs FOLDER. No page asks another host, a search finds, a phone fits.
"use strict";
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require(path.resolve(__dirname, "../../.browser/node_modules/playwright-core"));

const folder = path.resolve(process.argv[2]);
const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
];
// One of each kind; what holds for one guide holds for all.
const pages = ["index.html", "docs/upgrade.html", "docs/rehearse.html", "reference/index.html", "reference/postgres_backup_module.html"];

let passed = 0;
const troubles = [];
function expect(what, good, detail = "") {
  if (good) passed += 1;
  else troubles.push(`${what}${detail ? `: ${detail}` : ""}`);
}

async function look(context, address, name) {
  const page = await context.newPage();
  const strangers = [];
  const said = [];
  page.on("request", (request) => { if (!/^(file|data|blob):/.test(request.url())) strangers.push(request.url()); });
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(address);
  const wide = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(`${name} fits a phone`, wide[0] <= wide[1] + 1, `${wide[0]} px of ${wide[1]}`);
  return { page, end: async () => {
    expect(`${name} asks no other host`, strangers.length === 0, strangers.join(" "));
    expect(`${name} has no error`, said.length === 0, said.join("; "));
    await page.close();
  } };
}

async function main() {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
  try {
    const context = await browser.newContext({ offline: true, viewport: { width: 360, height: 740 } });
    for (const name of pages) {
      const { page, end } = await look(context, pathToFileURL(path.join(folder, name)).href, name);
      expect(`${name} has a heading`, (await page.locator("h1").first().innerText()).length > 0);
      // The theme shows an error in place of such a list, as it has one of its own.
      expect(`${name} has one table of contents`, (await page.locator("article .contents").count()) === 0);
      await end();
    }
    const { page, end } = await look(context, `${pathToFileURL(path.join(folder, "search.html")).href}?q=rollback`, "search");
    await page.waitForSelector("ul.search li a", { timeout: 20_000 }).catch(() => {});
    const found = await page.locator("ul.search li a").evaluateAll((links) => links.map((each) => each.getAttribute("href")));
    expect("a search finds the guide", found.some((each) => /docs\/rollback\.html/.test(each)), `${found.length} results`);
    await end();
  } finally {
    await browser.close();
  }
  troubles.forEach((each) => console.log(`FAILED ${each}`));
  console.log(`${pages.length} pages and a search\n${passed} passed, ${troubles.length} failed`);
  process.exitCode = troubles.length ? 1 : 0;
}

main();
