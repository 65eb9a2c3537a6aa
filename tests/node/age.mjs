// npm age-encryption as a tool: one job as JSON on standard input, one answer as JSON on standard
// output. Files and plaintexts are base64. It reads and writes age files by code not ours.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { Decrypter, Encrypter, generateHybridIdentity, identityToRecipient } from "age-encryption";

const jobs = {
  async make() {
    const identity = await generateHybridIdentity();
    return { identity, recipient: await identityToRecipient(identity) };
  },
  async recipient({ identity }) {
    return { recipient: await identityToRecipient(identity) };
  },
  async seal({ plaintext, recipients = [], passphrase, work }) {
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    if (passphrase !== undefined) {
      encrypter.setPassphrase(passphrase);
      encrypter.setScryptWorkFactor(work);
    }
    const sealed = await encrypter.encrypt(Buffer.from(plaintext, "base64"));
    return { sealed: Buffer.from(sealed).toString("base64") };
  },
  async open({ sealed, identity, passphrase }) {
    const decrypter = new Decrypter();
    if (identity !== undefined) decrypter.addIdentity(identity);
    if (passphrase !== undefined) decrypter.addPassphrase(passphrase);
    try {
      const plaintext = await decrypter.decrypt(Buffer.from(sealed, "base64"));
      return { plaintext: Buffer.from(plaintext).toString("base64") };
    } catch (error) {
      return { refused: error.message };
    }
  },
  // A file of any size, by its path: the SHA-256 of what is inside, and how much that is.
  async hash({ path, identity }) {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    const hash = createHash("sha256");
    let size = 0;
    try {
      const opened = await decrypter.decrypt(Readable.toWeb(createReadStream(path)));
      for await (const chunk of opened) {
        hash.update(chunk);
        size += chunk.length;
      }
    } catch (error) {
      return { refused: error.message };
    }
    return { sha256: hash.digest("hex"), size };
  },
};

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { job, ...rest } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
process.stdout.write(JSON.stringify(await jobs[job](rest)));
