// Calls what a promptfoo configuration names as a provider: a JavaScript module, a program (`exec:`) or a server (`http`).
// evenhand runs it once for each record. The record's fields stand on standard input, as JSON; the output goes to
// standard output. The file that is named as its argument says what is called.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const called = JSON.parse(readFileSync(process.argv[2], "utf8"));
const record = JSON.parse(readFileSync(0, "utf8"));
process.chdir(called.folder);
// What the provider prints is no output.
console.log = console.info = console.debug = console.error;

const prompt = typeof record.prompt === "string" ? record.prompt : JSON.stringify(record.prompt, null, 2);
const vars = record.vars ?? {};

async function module_of(file, name) {
  const found = await import(pathToFileURL(path.resolve(file)).href);
  const module = found.default?.default ?? found.default ?? found;
  return name ? (module[name] ?? found[name]) : module;
}

// An expression, or a file with a function.
async function function_of(code, names) {
  if (!code.startsWith("file://")) {
    const text = code.trim();
    const is_function = /^(\(.*?\)\s*=>|function\s*\(.*?\))/.test(text);
    return new Function(...names, is_function ? `return (${text})(${names});` : `return (${text});`);
  }
  const [, file, name] = code.match(/^file:\/\/(.*?\.[cm]?js)(?::(.+))?$/);
  return module_of(file, name);
}

async function by_module() {
  const Provider = await module_of(called.file);
  const provider = new Provider({ id: called.id, label: called.label, config: called.config });
  const context = { vars, prompt: { raw: prompt, label: prompt } };
  return provider.callApi(prompt, context, {});
}

function by_program() {
  const [program, ...given] = called.arguments;
  const options = JSON.stringify({ id: called.id, label: called.label, config: called.config });
  return new Promise((resolve, reject) => {
    const end = (error, stdout, stderr) => {
      const plain = (text) => text.trim().replace(/\x1b(?:[@-Z\\-_]|\[[0-?]*[ -/]*[@-~])/g, "");
      const output = plain(stdout);
      if (error) return reject(error);
      if (plain(stderr) && !output) return reject(new Error(plain(stderr)));
      resolve({ output });
    };
    execFile(program, [...given, prompt, options, JSON.stringify({ vars })], { maxBuffer: 10 << 20 }, end);
  });
}

async function by_server() {
  const request = record[called.request];
  const from_environment = (text) =>
    text.replace(/\{\{env\.(\w+)\}\}/g, (_, name) => {
      if (process.env[name] === undefined) throw new Error(`the environment variable ${name} is not set`);
      return process.env[name];
    });
  const headers = Object.entries(request.headers).map(([name, value]) => [name, from_environment(value)]);
  const url = new URL(from_environment(request.url));
  for (const [name, value] of Object.entries(request.query)) url.searchParams.append(name, value);
  const body = request.method === "GET" ? undefined : request.body;
  const response = await fetch(url, { method: request.method, headers, body });
  const text = await response.text();
  if (called.validate_status) {
    const accepts = await function_of(called.validate_status, ["status"]);
    if (!accepts(response.status)) throw new Error(`HTTP ${response.status}: ${text}`);
  }
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {}
  if (!called.transform_response) return { output: json || text };
  const transform = await function_of(called.transform_response, ["json", "text", "context"]);
  const found = await transform(json || null, text, { response: { status: response.status, data: text } });
  return found?.output ? found : { output: found };
}

try {
  const kinds = { module: by_module, program: by_program, server: by_server };
  const answer = await kinds[called.kind]();
  if (answer?.error) throw new Error(answer.error);
  let { output } = answer ?? {};
  for (const code of called.transforms) {
    const body = code.includes("\n") ? code : `return ${code}`;
    output = await new Function("output", "context", body)(output, { vars, prompt: { raw: prompt } });
  }
  if (output === undefined || output === null) throw new Error("the provider gave no output");
  const text = typeof output === "string" ? output : JSON.stringify(output);
  process.stdout.write(text, () => process.exit(0));
} catch (fault) {
  process.stderr.write(`${fault?.message ?? fault}\n`, () => process.exit(1));
}
