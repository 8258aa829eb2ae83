// Takes the pictures: node shoot.mjs WORK OUT. See shoot.sh.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import puppeteer from "puppeteer-core";
import { marked } from "marked";

const [work, out] = process.argv.slice(2);
const require = createRequire(path.join(work, "package.json"));
const chromium = process.env.CHROMIUM ?? ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find((p) => {
  try { readFileSync(p); return true; } catch { return false; }
});
const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox"] });

async function shoot(name, url, { width, scheme = "light", height = 900, ready, scale = 1, full = true }) {
  const page = await browser.newPage();
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.setViewport({ width, height, deviceScaleFactor: scale });
  await page.goto(url);
  if (ready) await page.waitForFunction(ready, { timeout: 20000 });
  await page.screenshot({ path: path.join(out, name + ".png"), fullPage: full, optimizeForSpeed: false });
  await page.close();
}

// The report's page.
const report = "file://" + path.join(work, "report", "report.html");
for (const scheme of ["light", "dark"]) {
  for (const width of [390, 1400]) await shoot(`report-${scheme}-${width}`, report, { width, scheme });
}

// The summary, as GitHub would show it: its Markdown, its style in short, and its Mermaid.
const markdown = readFileSync(path.join(work, "report", "report.md"), "utf8");
const summary = path.join(work, "summary.html");
writeFileSync(summary, `<!DOCTYPE html><meta charset=utf-8><style>
body{font:14px/1.5 system-ui,"DejaVu Sans",sans-serif;max-width:900px;margin:24px auto;color:#1f2328}
h2{border-bottom:1px solid #d1d9e0;padding-bottom:.3em}table{border-collapse:collapse;margin:0 0 16px}td,th{border:1px solid #d1d9e0;padding:6px 13px}
tr:nth-child(even){background:#f6f8fa}code,pre{font:12px ui-monospace,"DejaVu Sans Mono",monospace;background:#f0f1f3;border-radius:6px;padding:2px 5px}
pre{padding:16px}a{color:#0969da}details{margin:8px 0}</style>
<main>${marked.parse(markdown)}</main><script>${readFileSync(require.resolve("mermaid/dist/mermaid.min.js"), "utf8").replaceAll("</script", "<\\/script")}</script>
<script>document.querySelectorAll("details").forEach((d) => (d.open = true));
const blocks = [...document.querySelectorAll("code.language-mermaid")];
for (const b of blocks) { const d = document.createElement("div"); d.className = "mermaid"; d.textContent = b.textContent; b.parentElement.replaceWith(d); }
mermaid.initialize({ startOnLoad: false }); mermaid.run().then(() => (window.done = true), (e) => { document.title = "mermaid: " + e; window.done = true; });</script>`);
await shoot("summary", "file://" + summary, { width: 980, ready: "window.done" });

// The terminal: its log with colours, in the state in which it ends.
for (const width of [80, 200]) {
  const text = readFileSync(path.join(work, `terminal-${width}.log`), "utf8").split("main now, newest first")[0];
  const file = path.join(work, `terminal-${width}.html`);
  writeFileSync(file, `<!DOCTYPE html><meta charset=utf-8><style>body{margin:0;background:#14171c;color:#d7dbe2}pre{display:inline-block;margin:0;padding:18px;font:13px/1.35 "DejaVu Sans Mono",monospace}
.b{font-weight:700}.d{opacity:.6}.r{color:#ff7b72}.g{color:#56d364}.y{color:#e3b341}.c{color:#76b7ff;text-decoration:underline}</style><pre>${screen(text)}</pre>`);
  await shoot(`terminal-${width}`, "file://" + file, { width: width === 80 ? 700 : 1640, height: 400 });
}

// screen plays what was written to a terminal: the live line is drawn over again and again.
function screen(log) {
  const lines = [[]];
  let row = 0, col = 0, style = "";
  const at = () => { while (lines.length <= row) lines.push([]); return lines[row]; };
  const names = { 1: "b", 2: "d", 31: "r", 32: "g", 33: "y", 36: "c" };
  for (const m of log.replace(/^Script (started|done).*$/gm, "").matchAll(/\x1b\[([0-9;?]*)([A-Za-z])|\r|\n|[^\x1b\r\n]/gu)) {
    if (m[2] === "m") style = m[1].split(";").map((n) => names[n] ?? "").join(" ").trim();
    else if (m[2] === "A") row = Math.max(0, row - Number(m[1] || 1));
    else if (m[2] === "J") { at().length = Math.min(at().length, col); lines.length = row + 1; }
    else if (m[2] === "K") at().length = Math.min(at().length, col);
    else if (m[2]) continue;
    else if (m[0] === "\r") col = 0;
    else if (m[0] === "\n") { row++; col = 0; at(); }
    else at()[col++] = [m[0], style];
  }
  const escape = (c) => ({ "&": "&amp;", "<": "&lt;" })[c] ?? c;
  return lines.map((line) => Array.from(line, (c) => (c ? (c[1] ? `<span class="${c[1]}">${escape(c[0])}</span>` : escape(c[0])) : " ")).join("")).join("\n").trim();
}

// The page's accessibility, with everything unfolded, in both colour schemes and widths.
let bad = 0;
for (const scheme of ["light", "dark"]) {
  for (const width of [390, 1400]) {
    const page = await browser.newPage();
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport({ width, height: 900 });
    await page.setBypassCSP(true); // axe is a script, and the page lets none in
    await page.goto(report);
    await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
    const found = await page.evaluate(async () => {
      document.querySelectorAll("details").forEach((d) => (d.open = true));
      const result = await axe.run();
      return { passes: result.passes.length, violations: result.violations.map((v) => `${v.impact} ${v.id}: ${v.help}\n    ${v.nodes.map((n) => n.html.slice(0, 160)).join("\n    ")}`) };
    });
    console.log(`axe, ${scheme}, ${width} px: ${found.passes} rules hold, ${found.violations.length} do not`);
    for (const v of found.violations) console.log("  " + v);
    bad += found.violations.length;
    await page.close();
  }
}
await browser.close();
process.exitCode = bad > 0 ? 1 : 0;
