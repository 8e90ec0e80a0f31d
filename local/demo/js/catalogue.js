/** What the shop sells. `look` is for the drawing of the tin: js/art.js. */
export const KINDS = { green: "Green", black: "Black", oolong: "Oolong", herbal: "Herbal" };

export const TEAS = [
  {
    slug: "mist-ridge", name: "Mist Ridge", kind: "green", from: "Wazuka, Japan", price: 14.5, brew: ["75 °C", "90 s", "3 cups"],
    note: "Sweet peas, rain on stone",
    text: "First-flush sencha from the steep side of the valley, picked before the fog lifts and steamed within the hour.",
    read: "https://en.wikipedia.org/wiki/Sencha",
    look: { tile: "#dfe7d6", tin: "#2f5d4a", label: "#f3efdf", ink: "#24473a", mark: "#d9a441", motif: "hills" },
  },
  {
    slug: "copper-pot", name: "Copper Pot", kind: "black", from: "Assam, India", price: 11, brew: ["95 °C", "4 min", "2 cups"],
    note: "Malt, raisins, a brisk edge",
    text: "A second-flush Assam that stands up to milk and to Mondays. Rolled the old way, dried over slow charcoal.",
    read: "https://en.wikipedia.org/wiki/Assam_tea",
    look: { tile: "#f0dccb", tin: "#8c3f24", label: "#f7e9d7", ink: "#6e2f1a", mark: "#d9803f", motif: "rings" },
  },
  {
    slug: "night-ferry", name: "Night Ferry", kind: "black", from: "Wuyi, Fujian", price: 16, brew: ["95 °C", "3 min", "4 cups"],
    note: "Pine smoke, dark honey",
    text: "Leaves laid over pine embers for three nights. A campfire you can drink, with honey where the bitterness should be.",
    read: "https://en.wikipedia.org/wiki/Lapsang_souchong",
    look: { tile: "#d5dbe3", tin: "#1f2a3d", label: "#27344b", ink: "#e9e3cf", mark: "#f0d58a", motif: "ferry" },
  },
  {
    slug: "slow-river", name: "Slow River", kind: "oolong", from: "Nantou, Taiwan", price: 19, brew: ["90 °C", "2 min", "6 cups"],
    note: "Cream, orchid, no hurry",
    text: "A high-mountain oolong rolled into pearls. It opens over six cups, and each is a little further downstream.",
    read: "https://en.wikipedia.org/wiki/Oolong",
    look: { tile: "#d3e4e3", tin: "#2b6f78", label: "#e9f1ea", ink: "#1f4f57", mark: "#5fa8a3", motif: "river" },
  },
  {
    slug: "orchard-wall", name: "Orchard Wall", kind: "herbal", from: "Kent, England", price: 9.5, brew: ["100 °C", "6 min", "2 cups"],
    note: "Quince, apple, rosehip",
    text: "Windfalls and rosehips, sun-dried on the south wall. No caffeine: made for the second half of the evening.",
    read: "https://en.wikipedia.org/wiki/Herbal_tea",
    look: { tile: "#f4ddd6", tin: "#b5432a", label: "#fbeee3", ink: "#8a2f1c", mark: "#e0a44a", motif: "orchard" },
  },
  {
    slug: "paper-lantern", name: "Paper Lantern", kind: "green", from: "Fuzhou, China", price: 13, brew: ["80 °C", "2 min", "4 cups"],
    note: "Jasmine, seven nights of it",
    text: "Green tea laid under fresh jasmine for seven nights, the flowers taken out by hand each morning.",
    read: "https://en.wikipedia.org/wiki/Jasmine_tea",
    look: { tile: "#f3e6c4", tin: "#c98a2b", label: "#fff6df", ink: "#7d4f12", mark: "#d2562f", motif: "lantern" },
  },
  {
    slug: "first-frost", name: "First Frost", kind: "oolong", from: "Fuding, China", price: 22, brew: ["80 °C", "4 min", "3 cups"],
    note: "Melon, hay, white pepper",
    text: "Silver-needle buds, withered on bamboo and otherwise left alone. The quietest tea on the shelf.",
    read: "https://en.wikipedia.org/wiki/White_tea",
    look: { tile: "#dfe3ea", tin: "#8796ab", label: "#f5f7fa", ink: "#43536b", mark: "#9db4d0", motif: "frost" },
  },
  {
    slug: "salt-meadow", name: "Salt Meadow", kind: "green", from: "Shizuoka, Japan", price: 10.5, brew: ["85 °C", "2 min", "3 cups"],
    note: "Toasted rice, sea air",
    text: "Bancha and puffed rice, with a pinch of salt from the marsh. The tea for soup weather.",
    read: "https://en.wikipedia.org/wiki/Genmaicha",
    look: { tile: "#e6e5c9", tin: "#6b7a3a", label: "#f6f3df", ink: "#4d5827", mark: "#b99a3f", motif: "reeds" },
  },
  {
    slug: "red-kite", name: "Red Kite", kind: "herbal", from: "Cederberg, South Africa", price: 8.5, brew: ["100 °C", "5 min", "2 cups"],
    note: "Vanilla, dry grass, warm earth",
    text: "Rooibos from the mountain bush, cut fine and sunned red. Forgiving: forget it in the pot if you like.",
    read: "https://en.wikipedia.org/wiki/Rooibos",
    look: { tile: "#f1d9c9", tin: "#6d2a2f", label: "#f3ddc7", ink: "#6d2a2f", mark: "#cf5b3a", motif: "kite" },
  },
];

export const tea = (slug) => TEAS.find((one) => one.slug === slug);
