// Requests to the playground. A failure is an Error whose message is a sentence to show.

const UNREACHABLE = "The playground does not answer. Check that it is still running, then try again.";

export async function get(path, parameters = {}) {
  return request(`${path}?${new URLSearchParams(parameters)}`, {});
}

export async function post(path, body) {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ key: crypto.randomUUID(), ...body }),
  });
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error(UNREACHABLE);
  }
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new Error(UNREACHABLE);
  }
  if (!response.ok) throw new Error(answer.error || UNREACHABLE);
  return answer;
}
