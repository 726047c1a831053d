// The page as a user of a portal meets it: an empty grid, a validation that fails, the fix, a migration that succeeds.
// Started by tests/live/page.rs with the program, two servers, and the browser in the environment.
import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const env = process.env;
const require = createRequire(env.PAGE_MODULES + "/");
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core");

const serve = spawn(env.PAGE_PROGRAM, ["serve", "--state-dir", env.PAGE_STATE], { stdio: ["ignore", "pipe", "inherit"] });
const link = await new Promise((resolve) => serve.stdout.once("data", (data) => resolve(String(data).trim())));
const origin = new URL(link).origin;
const browser = await chromium.launch({
  executablePath: env.PAGE_BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let failed = false;
try {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("dialog", () => problems.push("a name has run a script"));

  // Nobody gets in without the token, or with a form that is not of this server.
  assert.equal((await page.goto(origin)).status(), 403);
  assert.equal((await page.goto(origin + "/?token=wrong")).status(), 403);
  await page.goto(link);
  assert.ok((await page.textContent("main")).includes("Nothing here yet"));
  const forged = await page.evaluate(() => fetch("/new/1/setup", { method: "POST", body: new URLSearchParams({ name: "x" }) }).then((r) => r.status));
  assert.equal(forged, 403);

  const accessible = async (where) => {
    await page.addScriptTag({ path: axe }).catch(() => page.evaluate(require("axe-core").source));
    const found = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa"] }));
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], where);
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${where} fits ${width} pixels`);
    }
  };
  const bypass = async () => { await page.context().newCDPSession(page).then((s) => s.send("Page.setBypassCSP", { enabled: true })); };
  await bypass();
  await page.reload();
  await accessible("the empty grid");

  const describe = async (name, option, overwrite) => {
    await page.click("a.button");
    await page.click("button.primary");
    assert.ok((await page.textContent(".problem")).includes("Migration name is needed"), "a problem stands beside its field");
    await page.fill("#name", name);
    await page.selectOption("#option", option);
    await accessible("setup");
    await page.click("button.primary");
    await page.fill("#source_host", env.PAGE_SOURCE_HOST);
    await page.fill("#source_port", "1");
    await page.fill("#source_user", "postgres");
    await page.click("button[value=test]");
    assert.ok((await page.textContent(".said.failed")).includes("network"), "the hop that failed is named");
    await page.fill("#source_port", env.PAGE_SOURCE_PORT);
    await page.click("button[value=test]");
    await page.waitForSelector(".said.passed");
    await page.click("button.primary");
    await page.fill("#target_host", env.PAGE_TARGET_HOST);
    await page.fill("#target_port", env.PAGE_TARGET_PORT);
    await page.fill("#target_user", "postgres");
    await page.click("button[value=setup]");
    assert.equal(await page.inputValue("#name"), name, "going back loses nothing");
    await page.click("button[value=target]");
    assert.equal(await page.inputValue("#target_port"), env.PAGE_TARGET_PORT);
    await page.click("button.primary");
    await page.check("input[name=database][value=shop]");
    await accessible("databases");
    await page.click("button.primary");
    await accessible("roles");
    await page.click("button.primary");
    if (overwrite) await page.check("input[name=overwrite]");
    await page.click("button.primary");
    await accessible("summary");
    await page.click("button[value=start]");
    await page.waitForSelector(".headline", { timeout: 120000 });
    await page.waitForFunction(() => !document.querySelector("#progress[data-events]"), undefined, { timeout: 120000 });
    return page.textContent(".headline");
  };
  assert.match(await describe("first", "Validate", false), /^Not ready: 1 thing/);
  await page.goto(origin);
  assert.match(await describe("second", "ValidateAndMigrate", true), /^Migrated and verified: 1 database/);
  await accessible("details");
  const json = await page.evaluate(() => fetch(location.pathname + "/download/report.json").then((r) => r.json()));
  assert.equal(json.run.state, "Succeeded");
  await page.goto(origin);
  const rows = await page.$$eval("table.grid tbody tr", (trs) => trs.map((tr) => tr.innerText.replace(/\s+/g, " ")));
  assert.equal(rows.length, 2);
  assert.match(rows[0], /^second Succeeded Offline ValidateAndMigrate/);
  assert.match(rows[1], /^first ValidationFailed Offline Validate/);
  await page.click("text=first");
  await page.click("summary:has-text('Delete')");
  await page.click("button:has-text('Delete this run')");
  assert.equal((await page.$$("table.grid tbody tr")).length, 1);
  assert.deepEqual(problems, []);
} catch (error) {
  failed = true;
  console.error(error);
} finally {
  await browser.close();
  serve.kill("SIGINT");
}
process.exit(failed ? 1 : 0);
