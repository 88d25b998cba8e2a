// Looks at pages in headless Chromium: look.cjs FOLDER. Every page has to open from its file alone, without network, script,
// console errors or requests, to fit a phone, to be accessible in light and dark, and to print whole.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const modules = path.resolve(__dirname, "../../.browser/node_modules");
const { chromium } = require(path.join(modules, "playwright-core"));
const axe = fs.readFileSync(path.join(modules, "axe-core/axe.min.js"), "utf8");

const folder = path.resolve(process.argv[2]);
const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
  // Should anything be asked for all the same, its name leads nowhere.
  "--host-resolver-rules=MAP * ~NOTFOUND",
];
const desk = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };
const pictures = new Set(["passed", "failed", "upgrade", "broken"]);

let passed = 0;
const troubles = [];
function expect(what, good, detail = "") {
  if (good) passed += 1;
  else troubles.push(`${what}${detail ? `: ${detail}` : ""}`);
}

// Runs in the page. Folds are opened, as what they hide has to fit, too.
const tooWide = () => {
  document.querySelectorAll("details").forEach((each) => { each.open = true; });
  const width = document.documentElement.clientWidth;
  const inScroller = (each) => each.closest(".scroll, pre, .chart svg") && !each.matches(".scroll, pre");
  const over = [...document.body.querySelectorAll("*")]
    .filter((each) => !inScroller(each) && !each.closest(".skip, details caption") && each.getBoundingClientRect().right > width + 1);
  return { page: document.documentElement.scrollWidth, width, over: over.slice(0, 3).map((each) => each.outerHTML.slice(0, 120)) };
};
const axeRun = () => window.axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map((each) => `${each.id} (${each.nodes.length}): ${each.nodes[0].html.slice(0, 160)} ${each.nodes[0].failureSummary}`));
const folded = () => [...document.querySelectorAll("details > :not(summary)")]
  .filter((each) => !each.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })).length;

async function look(context, name) {
  const address = pathToFileURL(path.join(folder, `${name}.html`)).href;
  const page = await context.newPage();
  const requests = [];
  const said = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("dialog", (dialog) => { said.push(`dialog ${dialog.message()}`); return dialog.dismiss(); });

  await page.setViewportSize(desk);
  await page.goto(address);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    if (pictures.has(name)) await page.screenshot({ path: path.join(folder, `${name}-${scheme}.png`), fullPage: true });
  }
  expect(`${name} has a verdict`, (await page.locator("h1").innerText()).length > 0);
  expect(`${name} runs no script`, (await page.locator("script, img, iframe, object, base, form").count()) === 0);

  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.waitForFunction(() => matchMedia("print").matches);
  // A browser that is busy lays the page out anew some time after it is asked to.
  await page.waitForFunction(`(${folded})() === 0`, null, { timeout: 10000 }).catch(() => {});
  const hidden = await page.evaluate(folded);
  expect(`${name} prints what is folded`, hidden === 0, `${hidden} blocks are hidden`);
  const back = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--page").trim());
  expect(`${name} prints on white`, back === "#f6f7f9", back);
  const pdf = await page.pdf({ path: path.join(folder, `${name}.pdf`), format: "A4", printBackground: false });
  expect(`${name} prints`, pdf.subarray(0, 5).toString() === "%PDF-" && pdf.length > 5000, `${pdf.length} bytes`);
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  await page.waitForFunction(() => matchMedia("screen").matches);

  await page.setViewportSize(phone);
  if (pictures.has(name)) await page.screenshot({ path: path.join(folder, `${name}-phone.png`), fullPage: true });
  const fit = await page.evaluate(tooWide);
  expect(`${name} fits a phone`, fit.page <= fit.width && fit.over.length === 0, `${fit.page} px of ${fit.width}; ${fit.over.join(" ")}`);

  expect(`${name} asks for nothing but itself`, requests.every((url) => url === address), requests.join(" "));
  expect(`${name} says nothing on the console`, said.length === 0, said.join("; "));

  // Last, as it brings a script along. All folds are open now.
  await page.evaluate(axe);
  for (const [size, scheme] of [[phone, "light"], [desk, "dark"]]) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: scheme });
    const violations = await page.evaluate(axeRun);
    expect(`${name} is accessible, ${scheme}, ${size.width} px`, violations.length === 0, violations.join("; "));
  }
  await page.close();
}

async function main() {
  const names = fs.readdirSync(folder).filter((each) => each.endsWith(".html")).map((each) => each.slice(0, -5)).sort();
  // With a profile of its own, new and empty, which Playwright removes.
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
  try {
    const context = await browser.newContext({ offline: true });
    for (const name of names) await look(context, name);
  } finally {
    await browser.close();
  }
  troubles.forEach((each) => console.log(`FAILED ${each}`));
  console.log(`${names.length} pages\n${passed} passed, ${troubles.length} failed`);
  process.exitCode = troubles.length || !names.length ? 1 : 0;
}

main();
