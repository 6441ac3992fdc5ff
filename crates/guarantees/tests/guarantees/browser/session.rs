//! A browser, headless, and what tests ask of it.

use std::{
    env,
    panic::{AssertUnwindSafe, resume_unwind},
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    key::Key,
    wd,
};
use futures::FutureExt;
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// How often a page is asked whether it is so, and for how long.
const POLL: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(30);

/// Light or dark, as the system of whoever looks is set.
#[derive(Clone, Copy, Debug)]
pub enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What the browser is to whoever looks.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Of the window, in CSS pixels.
    pub width: u32,
    pub scheme: Scheme,
}

impl View {
    pub const PHONE: u32 = 375;
    pub const DESK: u32 = 1440;
    pub const ALL: [Self; 4] = [
        Self { width: Self::PHONE, scheme: Scheme::Light },
        Self { width: Self::DESK, scheme: Scheme::Dark },
        Self { width: Self::DESK, scheme: Scheme::Light },
        Self { width: Self::PHONE, scheme: Scheme::Dark },
    ];
}

pub struct Browser(Client);

/// Runs a test in a browser of its own, which is closed whatever comes of the test.
pub async fn with_browser(test: impl AsyncFnOnce(&Browser)) {
    let browser = Browser::start().await;
    let outcome = AssertUnwindSafe(test(&browser)).catch_unwind().await;
    browser.0.close().await.unwrap();
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

impl Browser {
    async fn start() -> Self {
        let capabilities = json!({
            // Axe on a large screen takes a while, where several browsers work at once.
            "timeouts": { "script": 300_000 },
            "goog:chromeOptions": {
                "binary": given("SOSW_TEST_BROWSER"),
                "args": [
                    "--headless=new",
                    // Containers run as root, and have a small /dev/shm and no graphics.
                    "--no-sandbox",
                    "--disable-dev-shm-usage",
                    "--disable-gpu",
                    // What a page may reach: this machine.
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
                    "--no-proxy-server",
                    "--disable-background-networking",
                    // In a picture they would hide a part of the page.
                    "--hide-scrollbars",
                ],
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&given("SOSW_TEST_WEBDRIVER"))
            .await;
        Self(client.unwrap_or_else(|error| panic!("no session in the browser: {error}")))
    }

    pub async fn look_as(&self, view: View) {
        let is_phone = view.width <= View::PHONE;
        let metrics = json!({
            "width": view.width,
            "height": if is_phone { 667 } else { 900 },
            "deviceScaleFactor": 1,
            // A phone scales down a page that does not say that it fits.
            "mobile": is_phone,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = json!({ "name": "prefers-color-scheme", "value": view.scheme.name() });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [scheme] })).await;
    }

    /// Lets pages run their scripts, or not.
    pub async fn run_scripts(&self, are_run: bool) {
        let disabled = json!({ "value": !are_run });
        self.devtools("Emulation.setScriptExecutionDisabled", disabled).await;
    }

    /// Goes there, and returns once the page is loaded.
    pub async fn go(&self, address: &str) {
        self.0.goto(address).await.unwrap();
    }

    /// The address of the page that is shown.
    pub async fn address(&self) -> Url {
        self.0.current_url().await.unwrap()
    }

    /// The first of what this CSS selector means, as soon as there is one.
    pub async fn find(&self, selector: &str) -> Element {
        let found = self.0.wait().for_element(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Presses the button, or follows the link, that reads so. A page that comes of it is loaded afterwards.
    pub async fn press(&self, words: &str) {
        let words = xpath_string(words);
        let path = format!("//button[normalize-space()={words}] | //a[normalize-space()={words}]");
        let found = self.0.wait().for_element(Locator::XPath(&path)).await;
        let found = found.unwrap_or_else(|error| panic!("no button or link {words}: {error}"));
        let before = self.find("html").await;
        found.click().await.unwrap();
        let is_left = async {
            while before.tag_name().await.is_ok() {
                tokio::time::sleep(POLL).await;
            }
        };
        let left = tokio::time::timeout(PATIENCE, is_left).await;
        left.unwrap_or_else(|_| panic!("{words} leads to no other page"));
    }

    /// Where the form of the button that reads so is sent.
    pub async fn action_of(&self, button: &str) -> String {
        let path = format!("//form[.//button[normalize-space()={}]]", xpath_string(button));
        let form = self.0.find(Locator::XPath(&path)).await;
        let form = form.unwrap_or_else(|error| panic!("no form with a button {button}: {error}"));
        form.prop("action").await.unwrap().unwrap()
    }

    /// Types into the field of this name.
    pub async fn fill(&self, field: &str, text: &str) {
        let field = self.find(&format!("[name={field}]:not([type=hidden])")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses the Tab key so often.
    pub async fn press_tab(&self, times: usize) {
        let tab = char::from(Key::Tab);
        let keys = (0..times).fold(KeyActions::new("keys".to_owned()), |keys, _| {
            keys.then(KeyAction::Down { value: tab }).then(KeyAction::Up { value: tab })
        });
        self.0.perform_actions(keys).await.unwrap();
    }

    /// What a page says, as a person reads it.
    pub async fn text(&self) -> String {
        self.find("body").await.text().await.unwrap()
    }

    /// The same with what is left out on a phone.
    pub async fn whole_text(&self) -> String {
        let text = self.run("return document.body.textContent").await;
        text.as_str().unwrap().to_owned()
    }

    /// Runs this script in the page, whatever the page allows itself; what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.0.execute(script, Vec::new()).await.unwrap()
    }

    /// The same with a script that calls the last of its arguments with what it found.
    pub async fn run_and_wait(&self, script: &str) -> Value {
        self.0.execute_async(script, Vec::new()).await.unwrap()
    }

    /// Returns once this script returns `true`, which it does sooner or later.
    pub async fn wait_until(&self, script: &str) {
        let is_so = async {
            while self.run(script).await != true {
                tokio::time::sleep(POLL).await;
            }
        };
        tokio::time::timeout(PATIENCE, is_so).await.unwrap_or_else(|_| panic!("never: {script}"));
    }

    /// What the console shows since the last call that is not mere information.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.issue("se/log", json!({ "type": "browser" })).await;
        let entries = log.as_array().unwrap().iter();
        let bad = entries.filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING");
        bad.map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// The whole page, as far as it can be scrolled, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        self.picture_as(json!({ "format": "png" })).await
    }

    /// The same in a format of DevTools.
    pub async fn picture_as(&self, format: Value) -> Vec<u8> {
        let size = &self.devtools("Page.getLayoutMetrics", json!({})).await["cssContentSize"];
        let clip =
            json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let whole = json!({ "captureBeyondViewport": true, "clip": clip });
        let options = guarantees::world::with(format, whole);
        let picture = self.devtools("Page.captureScreenshot", options).await;
        aws_smithy_types::base64::decode(picture["data"].as_str().unwrap()).unwrap()
    }

    /// A command of Chromium's DevTools protocol.
    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.issue("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    async fn issue(&self, path: &'static str, body: Value) -> Value {
        self.0.issue_cmd(Vendor { path, body: body.to_string() }).await.unwrap()
    }
}

/// What chromedriver can do and the standard of WebDriver does not name.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: String,
}

impl wd::WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.clone()))
    }
}

/// A string as XPath writes it: it knows no escapes.
fn xpath_string(text: &str) -> String {
    match text.contains('\'') {
        true => format!("\"{text}\""),
        false => format!("'{text}'"),
    }
}

fn given(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: `make browser` sets it"))
}
