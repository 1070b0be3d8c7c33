// Shows pictures by their manifests. images.json names them:
// {"base": "https://….cloudfront.net/", "images": [{"name", "manifest", "alt"}]}

// How wide a picture is in the columns of site.css. The browser chooses a file by this before it
// has laid anything out, so whoever changes the one changes the other.
const SIZES = {
  first: "calc(100vw - 2rem)",
  others:
    "(min-width: 80rem) calc((100vw - 4rem) / 3), (min-width: 40rem) calc((100vw - 3rem) / 2), calc(100vw - 2rem)",
};
const TYPES = { avif: "image/avif", webp: "image/webp", jpeg: "image/jpeg", png: "image/png" };

async function show() {
  const list = await json("images.json");
  const base = new URL(list.base, document.baseURI);
  const manifests = await Promise.all(
    list.images.map((image) => json(new URL(image.manifest, base)).catch(() => null)),
  );
  const cards = list.images
    .map((image, index) => [image, manifests[index]])
    .filter(([, manifest]) => manifest) // one may have been taken down since the list was made
    .map(([image, manifest], index) => card(image, manifest, base, index === 0));
  document.querySelector("#pictures").append(...cards);
  return `${cards.length} ${cards.length === 1 ? "picture" : "pictures"}`;
}

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`expected ${address}, got ${answer.status}`);
  return answer.json();
}

function card(image, manifest, base, isFirst) {
  const element = document.querySelector("#card").content.cloneNode(true).firstElementChild;
  element.querySelector("h2").textContent = image.name;
  const picture = fromMarkup(manifest.picture, base, isFirst ? SIZES.first : SIZES.others);
  const img = picture.querySelector("img");
  img.alt = image.alt; // only the page knows what a picture means
  if (isFirst) {
    img.loading = "eager";
    img.fetchPriority = "high";
  }
  const frame = element.querySelector(".frame");
  frame.querySelector(".placeholder").style.backgroundImage = `url("${manifest.placeholder}")`;
  frame.append(picture);
  const chosen = element.querySelector(".chosen");
  img.addEventListener("load", () => {
    frame.classList.add("shown");
    chosen.textContent = describe(img.currentSrc, manifest, base);
  });
  element.querySelector(".filters").append(
    ...manifest.variants
      .filter((variant) => variant.kind === "filter")
      .map((variant) => filtered(variant, image, base)),
  );
  return element;
}

// The manifest's own <picture>, with addresses that begin at `base` and the sizes of this page.
// What is parsed this way runs and fetches nothing before it stands in the page.
function fromMarkup(markup, base, sizes) {
  const parsed = new DOMParser().parseFromString(markup, "text/html").querySelector("picture");
  const picture = document.importNode(parsed, true);
  for (const element of picture.querySelectorAll("source, img")) {
    element.srcset = element.srcset // no address has a comma or a space: they are percent-encoded
      .split(", ")
      .map((candidate) => {
        const [address, width] = candidate.split(" ");
        return `${new URL(address, base)} ${width}`;
      })
      .join(", ");
    element.sizes = sizes;
  }
  const img = picture.querySelector("img");
  img.src = new URL(img.getAttribute("src"), base);
  return picture;
}

// A variant that is in no srcset, made of its files: the last format is the one for everybody.
function filtered(variant, image, base) {
  const picture = document.createElement("picture");
  const files = variant.files.map((file) => [TYPES[file.format], address(file.key, base)]);
  const [, fallback] = files.at(-1);
  for (const [type, srcset] of files.slice(0, -1)) {
    picture.append(Object.assign(document.createElement("source"), { type, srcset }));
  }
  const img = document.createElement("img");
  Object.assign(img, { loading: "lazy", decoding: "async" });
  Object.assign(img, { width: variant.width, height: variant.height });
  img.alt = image.alt && `${image.alt} (${variant.filter})`;
  img.src = fallback;
  picture.append(img);
  const item = document.createElement("li");
  item.append(picture, variant.name);
  return item;
}

// A key as Python's quote() encodes it for the markup: encodeURIComponent leaves !'()* as they are.
function address(key, base) {
  const path = key
    .split("/")
    .map((part) =>
      encodeURIComponent(part).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join("/");
  return new URL(`./${path}`, base).href;
}

// What the browser chose, for whoever learns from this page.
function describe(source, manifest, base) {
  for (const variant of manifest.variants) {
    for (const file of variant.files) {
      if (address(file.key, base) === source) {
        const kilobytes = Math.max(1, Math.round(file.bytes / 1000));
        return `${variant.width} × ${variant.height}, ${file.format.toUpperCase()}, ${kilobytes} kB`;
      }
    }
  }
  return "";
}

const state = document.querySelector("#state");
show().then(
  (text) => (state.textContent = text),
  (error) => (state.textContent = `The pictures could not be loaded: ${error.message}`),
);
