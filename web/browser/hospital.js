// A hospital for a test: a real node of the program that was built, in a folder of its own, on free ports of this machine.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const password = "four quiet harbor cranes";

export const program = process.env.CONSILIUM || join(root, "bin", "consilium"); // CONSILIUM: another build of it
const patience = 20_000; // ms for a node to open or close its doors

export class Hospital {
  /** Makes the hospital and its people; `open` starts the node. */
  constructor(name, place, people = []) {
    if (!existsSync(program)) throw new Error(`${program} is missing: run "make build" first`);
    this.name = name;
    this.folder = mkdtempSync(join(tmpdir(), "consilium-browser-"));
    this.data = join(this.folder, "data");
    this.ports = { http: "127.0.0.1:0", peer: "127.0.0.1:0" };
    this.settings = []; // more of what 'serve' is told
    this.said = "";
    run(["init", "--data", this.data, "--name", name, "--place", place, "--sheet", join(this.folder, "sheet")]);
    for (const p of people) this.add(p);
  }

  add({ username, name, roles, specialty = "functional_neurosurgery" }) {
    run(["user", "add", "--data", this.data, "--username", username, "--name", name, "--role", roles.join(","), "--specialty", specialty, "--department", "Neurosurgery", "--password-stdin"], password);
  }

  /** Makes a token for a program of somebody's. */
  token(username) {
    return run(["token", "create", "--data", this.data, "--as", username]).trim();
  }

  /** Starts the node. After `close` it comes back at the same addresses. */
  async open() {
    this.said = "";
    this.process = spawn(program, ["serve", "--data", this.data, "--http", this.ports.http, "--peer", this.ports.peer, ...this.settings], { stdio: ["ignore", "pipe", "pipe"] });
    process.once("exit", () => this.process.kill("SIGKILL"));
    await new Promise((ready, failed) => {
      const late = setTimeout(() => failed(new Error(`${this.name} did not open within ${patience} ms:\n${this.said}`)), patience);
      const listen = (chunk) => {
        this.said += chunk;
        const pages = /pages\s+(http:\/\/\S+)/.exec(this.said);
        const peer = /partners\s+(\S+:\d+)/.exec(this.said);
        if (!pages || !peer) return;
        clearTimeout(late);
        this.url = pages[1];
        this.ports = { http: `127.0.0.1:${new URL(this.url).port}`, peer: peer[1] };
        ready();
      };
      this.process.stdout.on("data", listen);
      this.process.stderr.on("data", listen);
      this.process.once("exit", (code) => failed(new Error(`${this.name} ended with ${code}:\n${this.said}`)));
    });
    return this;
  }

  /** What makes the first administrator, as the node prints it where it was started. */
  get code() {
    return /code\s+(\S+)/.exec(this.said)[1];
  }

  async close() {
    if (!this.process || this.process.exitCode !== null) return;
    const gone = new Promise((done) => this.process.once("exit", done));
    const late = setTimeout(() => this.process.kill("SIGKILL"), patience);
    this.process.kill("SIGTERM");
    await gone;
    clearTimeout(late);
  }

  /** Runs a command of the program and wants it to succeed. */
  run(...args) {
    run(args);
  }

  /** Ends the node as a lost power supply does. */
  async kill() {
    const gone = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGKILL");
    await gone;
  }

  /** Ends the node and removes everything it kept. */
  async remove() {
    await this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(args, input) {
  const r = spawnSync(program, args, { input, encoding: "utf8" });
  if (r.status !== 0) throw new Error(`consilium ${args[0]} ${args[1]} ended with ${r.status}:\n${r.stdout}${r.stderr}`);
  return r.stdout;
}
