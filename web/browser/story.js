// Steps that build on each other: after one that failed, the next ones are not tried but fail at once, and say why.
export class Story {
  constructor(test) {
    this.test = test;
    this.people = [];
  }

  async step(name, play) {
    await this.test.test(name, async () => {
      if (this.broken) throw plain(`not tried, because "${this.broken}" failed`);
      try {
        await play();
        for (const p of this.people) {
          if (p.faults.length > 0) throw new Error(`${p.name}'s browser complained: ${p.faults.join("; ")}`);
        }
      } catch (e) {
        this.broken = name;
        const seen = [];
        for (const p of this.people) seen.push(await p.evidence(name));
        throw plain(`${e.message}\n${frames(e)}\n  ${seen.join("\n  ")}`);
      }
    });
  }
}

/** An error without a trace of its own: what there is to know stands in its words. */
function plain(message) {
  const e = new Error(message);
  e.stack = message;
  return e;
}

/** Where in the tests it happened. */
function frames(e) {
  return (e.stack ?? "").split("\n").filter((line) => /\.test\.js|person\.js/.test(line)).slice(0, 3).join("\n");
}
