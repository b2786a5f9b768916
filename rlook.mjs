import { chromium } from "/work/main/node_modules/playwright-core/index.mjs";
const [,, base, user, lang, theme, ...paths] = process.argv;
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu"] });
for (const [w,h,n] of [[1440,900,"d"],[390,844,"m"]]) {
  const c = await b.newContext({ baseURL: base, viewport: {width:w,height:h}, locale: lang, colorScheme: theme, deviceScaleFactor: 1 });
  const p = await c.newPage();
  await p.goto("/sign-in"); await p.fill('[name=username]', user); await p.fill('[name=password]', "consilium-demo");
  await p.getByRole('button',{name:/^(Sign in|登录)$/}).first().click(); await p.waitForLoadState();
  let i=0;
  for (let path of paths) {
    if (path.startsWith("case:")) { await p.goto("/cases"); const href = await p.locator('a[href^="/cases/"]', {hasText: ""}).evaluateAll(l=>l.map(a=>a.getAttribute("href")).filter(h=>/^\/cases\/[0-9a-f-]{36}/.test(h))); path = href[0].split("?")[0] + path.slice(5); }
    await p.goto(path); await p.waitForTimeout(500);
    const full = !path.includes("#view");
    await p.screenshot({ path: `/tmp/rlook-${n}-${i}.png`, fullPage: full });
    const wide = await p.evaluate(()=>document.documentElement.scrollWidth);
    console.log(n, i++, path, p.url(), wide);
  }
  await c.close();
}
await b.close();
