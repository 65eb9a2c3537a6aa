// Unpacks the Chromium of npm @sparticuz/chromium below the folder that is named, and prints where.
// Its libraries are unpacked beside it, for machines that lack them.

import process from "node:process";

process.env.TMPDIR = process.argv[2];
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x"; // so that the libraries come too
const { default: chromium } = await import("@sparticuz/chromium");
console.log(await chromium.executablePath());
