/* Passkeys: asks the server what to sign, asks the browser to sign it, and sends it back. Loaded only where it is used. */
const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
};
const text = (buffer) => {
  const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};
const named = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

class Refused extends Error {}

async function send(address, body, failed) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  const said = answer && await answer.json().catch(() => null);
  if (!answer || !answer.ok) throw new Refused((said && said.reason) || failed);
  return said;
}

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    },
  });
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
    },
  };
}

async function use(options) {
  const used = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: named(options.allowCredentials),
    },
  });
  const handle = used.response.userHandle;
  return {
    id: used.id,
    rawId: text(used.rawId),
    type: used.type,
    response: {
      clientDataJSON: text(used.response.clientDataJSON),
      authenticatorData: text(used.response.authenticatorData),
      signature: text(used.response.signature),
      userHandle: handle ? text(handle) : null,
    },
  };
}

function offer(place, act) {
  const button = place.querySelector("button");
  const fault = place.querySelector("[role=alert]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    fault.hidden = true;
    try {
      location.assign((await act(place.dataset)).next);
    } catch (error) {
      fault.textContent = error instanceof Refused ? error.message : place.dataset.cancelled;
      fault.hidden = false;
      button.disabled = false;
    }
  });
}

const value = (name) => document.getElementById(`f-${name}`).value;

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey-login]").forEach((place) => offer(place, async (data) => {
    const credential = await use(await send(data.begin, {}, data.failed));
    return send(data.end, { credential, next: data.next }, data.failed);
  }));
  document.querySelectorAll("[data-passkey-new]").forEach((place) => offer(place, async (data) => {
    const options = await send(data.begin, { password: value("current_password") }, data.failed);
    return send(data.end, { credential: await make(options), name: value("passkey_name") }, data.failed);
  }));
}
