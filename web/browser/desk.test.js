// What every page promises, at one hospital: a keyboard is enough, a passkey signs in, a phone is wide enough, a lost line is told.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Hospital, password } from "./hospital.js";
import { Person, launch, phone } from "./person.js";
import { Story } from "./story.js";

let browser, harbor;

before(async () => {
  harbor = new Hospital("Harbor City Hospital", "36.0671,120.3826", [
    { username: "he", name: "He Jing", roles: ["administrator", "coordinator"] },
    { username: "lin", name: "Dr. Lin Hai", roles: ["surgeon"] },
  ]);
  await harbor.open();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await harbor?.remove();
});

test("at the desk", async (t) => {
  const story = new Story(t);
  const lin = await Person.at(browser, harbor, "Dr. Lin");
  story.people = [lin];
  const step = (name, play) => story.step(name, play);

  await step("signing in by keyboard, after a wrong password", async () => {
    await lin.open("/cases");
    await lin.sees(lin.page.getByRole("heading", { name: "Sign in" }));
    await lin.isAccessible("the sign-in page");
    const type = async (secret) => {
      assert.equal(await focused(lin), "username", "the cursor waits in the first field");
      await lin.page.keyboard.type("lin");
      await lin.page.keyboard.press("Tab");
      await lin.page.keyboard.type(secret);
      await Promise.all([lin.page.waitForEvent("load"), lin.page.keyboard.press("Enter")]);
    };
    await type("wrong horse battery");
    await lin.sees("That username and password do not fit.");
    assert.equal(await lin.page.locator('[name="username"]').inputValue(), "lin", "the username is kept");
    await lin.fill({ username: "" });
    await lin.page.locator('[name="username"]').focus();
    await type(password);
    assert.equal(new URL(lin.page.url()).pathname, "/cases", "back where one wanted to go");
  });

  await step("the first stop of the Tab key skips the menu", async () => {
    await lin.open("/cases");
    await lin.page.keyboard.press("Tab");
    await lin.sees(lin.page.getByRole("link", { name: "Skip to content" }));
    await lin.page.keyboard.press("Enter");
    assert.equal(await lin.page.evaluate(() => document.activeElement.id), "content");
    await lin.isAccessible("Cases without any");
  });

  await step("the account menu opens by keyboard and closes with Escape", async () => {
    const button = lin.page.getByRole("button", { name: /Account/ });
    await button.focus();
    await lin.page.keyboard.press("Enter");
    await lin.sees(lin.page.getByRole("button", { name: "Sign out" }));
    await lin.sees(lin.page.getByRole("button", { name: /Account/, expanded: true }));
    await lin.isAccessible("the account menu");
    await lin.page.keyboard.press("Escape");
    await lin.page.getByRole("button", { name: "Sign out" }).waitFor({ state: "hidden" });
  });

  await step("the theme changes at once and stays", async () => {
    await lin.page.getByRole("button", { name: /Account/ }).click();
    const kept = lin.page.waitForResponse((r) => r.url().endsWith("/theme"));
    await lin.page.getByRole("button", { name: "Dark" }).click();
    const dark = await background(lin);
    assert.ok(dark < 0.2, `a dark page has a dark ground, this has ${dark}`);
    await kept;
    await lin.open("/visits");
    assert.equal(await background(lin), dark);
    await lin.page.getByRole("button", { name: /Account/ }).click();
    const again = lin.page.waitForResponse((r) => r.url().endsWith("/theme"));
    await lin.page.getByRole("button", { name: "Auto" }).click();
    await again;
    assert.ok((await background(lin)) > 0.8, "the system's choice is light");
  });

  await step("the language changes in place", async () => {
    await lin.open("/cases?verb=plan");
    await lin.press("中文");
    assert.equal(await lin.page.evaluate(() => document.documentElement.lang), "zh-Hans");
    assert.equal(new URL(lin.page.url()).search, "?verb=plan", "the same page");
    await lin.sees(lin.page.getByRole("link", { name: "病例", exact: true }));
    await lin.isAccessible("Cases in Chinese");
    await lin.press("English");
    await lin.sees(lin.page.getByRole("heading", { level: 1, name: "Cases" }));
  });

  await step("a passkey is registered, and signs in", async () => {
    const cdp = await lin.context.newCDPSession(lin.page);
    await cdp.send("WebAuthn.enable");
    const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await lin.open("/settings");
    await lin.page.getByText("Add a passkey").first().click();
    await lin.fill({ passkey_name: "Ward computer" });
    await lin.press("Add a passkey");
    await lin.sees("The passkey is registered.");
    await lin.sees("Ward computer");
    const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
    assert.equal(credentials.length, 1);
    await lin.isAccessible("Settings with a passkey");
    const question = lin.page.getByRole("heading", { name: /Remove the passkey/ });
    for (const key of ["Enter", " "]) {
      await lin.page.getByRole("button", { name: "Remove" }).first().focus();
      await lin.page.keyboard.press(key);
      await lin.sees(question);
      await lin.page.keyboard.press("Escape");
      await question.waitFor({ state: "hidden" });
    }
    await lin.page.getByRole("button", { name: /Account/ }).click();
    await lin.press("Sign out");
    await lin.press("Sign in with a passkey");
    await lin.sees(/Dr\. Lin Hai/, lin.page.getByRole("heading", { level: 1 }));
    await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await lin.page.getByRole("button", { name: /Account/ }).click();
    await lin.press("Sign out");
    await lin.page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await lin.sees(/Try again, or sign in with your password/);
    await cdp.send("WebAuthn.disable");
  });

  await step("a phone is wide enough for every page, and has a menu", async () => {
    await lin.signIn("lin");
    await lin.page.setViewportSize(phone);
    for (const path of ["/", "/cases", "/cases/new", "/open/hfs-mvd", "/visits", "/visits/new", "/network", "/settings"]) {
      await lin.open(path);
      await lin.fits();
    }
    await lin.page.getByRole("button", { name: "Menu" }).click();
    await lin.sees(lin.page.getByRole("link", { name: "Network", exact: true }));
    await lin.isAccessible("the menu of a phone");
    await lin.follow("Network");
    await lin.sees(lin.page.getByRole("heading", { level: 1, name: "Network" }));
  });

  await step("the pages of an administrator", async () => {
    const he = await Person.at(browser, harbor, "He Jing");
    story.people.push(he);
    await he.signIn("he");
    for (const path of ["/", "/settings", "/settings/people", "/settings/people/new", "/settings/packs", "/settings/packs/hfs-mvd", "/settings/storage", "/settings/entries", "/settings/log"]) {
      await he.page.setViewportSize({ width: 1440, height: 900 });
      await he.open(path);
      await he.isAccessible(path);
      await he.page.setViewportSize(phone);
      await he.fits();
    }
  });

  await step("a page that is not here says what to do", async () => {
    await lin.open("/cases/01a1ffba-0000-79ca-bafe-dcfd2004c811");
    await lin.isAccessible("a page that is not here");
    await lin.follow("Go to Today");
  });

  await step("when the node stops the page says so and keeps what is typed; when it is back, it is sent", async () => {
    await lin.open("/open/hfs-mvd");
    await lin.fill({ title: "Hemifacial spasm, right, nine years" });
    await lin.sees(/Draft saved/);
    const other = await lin.context.newPage();
    await other.goto("/cases");
    await harbor.close();
    await other.getByText("The connection to the hospital's node is lost.").waitFor();
    await lin.page.bringToFront();
    await lin.fill({ summary: "Written while nobody answered." });
    await lin.sees("Kept in this browser; the node does not answer");
    await harbor.open();
    await other.bringToFront();
    await other.getByText("The connection to the hospital's node is lost.").waitFor({ state: "hidden" });
    await lin.page.bringToFront();
    await lin.page.reload();
    await lin.sees(/Draft saved/);
    assert.equal(await lin.page.locator('[name="summary"]').inputValue(), "Written while nobody answered.");
    await lin.page.evaluate(() => localStorage.clear());
    await lin.page.reload();
    assert.equal(await lin.page.locator('[name="summary"]').inputValue(), "Written while nobody answered.", "the node has it");
  });
});

const focused = (p) => p.page.evaluate(() => document.activeElement.getAttribute("name"));

/** How light the ground of the page is, 0 to 1, as painted: one pixel of a picture would say the same. */
async function background(p) {
  await p.settles();
  return p.page.evaluate(() => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return (r + g + b) / 765;
  });
}
