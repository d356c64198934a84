//! A real browser that shows a page: Chromium, driven through its debugging pipe.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::Folder;

/// A busy machine starts a browser slowly.
const PATIENCE: Duration = Duration::from_secs(120);

/// WebGL in software.
pub const WEBGL: &[&str] = &[
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
];
/// No WebGL at all.
pub const NO_WEBGL: &[&str] = &["--disable-gpu", "--disable-3d-apis"];

/// A page in a browser. Events are those of a user: trusted, and where the page lies on the screen.
pub struct Browser {
    child: Child,
    pipe: File,
    answers: Receiver<Value>,
    session: Option<String>,
    asked: u64,
    /// Errors that the page met.
    complaints: Vec<String>,
}

impl Browser {
    /// Opens `page` of `folder` in a window of `size`; `None` where there is no browser and none is
    /// required.
    pub fn open(folder: &Folder, page: &str, flags: &[&str], size: [u32; 2]) -> Option<Self> {
        if let Err(error) = Command::new("chromium").arg("--version").output() {
            let required = std::env::var_os("W2V_BROWSER").is_some();
            assert!(!required, "chromium: {error}");
            eprintln!("skipped: there is no chromium");
            return None;
        }
        let mut browser = Self::start(folder, flags);
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach);
        browser.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        let [width, height] = size;
        browser.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        );
        browser.go(&format!("file://{}", folder.path(page).display()));
        Some(browser)
    }

    /// A browser with two named pipes for its file descriptors 3 and 4.
    fn start(folder: &Folder, flags: &[&str]) -> Self {
        let paths = ["profile", "to", "from"].map(|name| folder.path(name));
        let [profile, to, from] = paths;
        for pipe in [&to, &from] {
            let made = Command::new("mkfifo").arg(pipe).status().unwrap();
            assert!(made.success());
        }
        let child = Command::new("sh")
            .arg("-c")
            .arg("exec chromium \"$@\" 3<\"$TO\" 4>\"$FROM\"")
            .arg("sh")
            .args(["--headless=new", "--no-sandbox", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(flags)
            .env("TO", &to)
            .env("FROM", &from)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // In the order in which the shell opens them.
        let pipe = File::options().write(true).open(&to).unwrap();
        let replies = BufReader::new(File::open(&from).unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for message in replies.split(0) {
                let Ok(message) = message else { return };
                let message = serde_json::from_slice(&message).unwrap();
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            pipe,
            answers,
            session: None,
            asked: 0,
            complaints: Vec::new(),
        }
    }

    /// Calls a method of the debugging protocol; its result.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.pipe
            .write_all(format!("{message}\0").as_bytes())
            .unwrap();
        let mut answer = self.wait(|message| message["id"] == id);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].take()
    }

    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.answers.recv_timeout(PATIENCE).unwrap();
            let error = match message["method"].as_str() {
                Some("Runtime.exceptionThrown") => true,
                Some("Log.entryAdded") => message["params"]["entry"]["level"] == "error",
                Some("Runtime.consoleAPICalled") => message["params"]["type"] == "error",
                _ => false,
            };
            if error {
                self.complaints.push(message.to_string());
            }
            if wanted(&message) {
                return message;
            }
        }
    }

    /// Opens an address, and waits until a map is drawn.
    pub fn go(&mut self, address: &str) {
        // Another fragment alone would not load the page anew.
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        self.wait(|message| message["method"] == "Page.loadEventFired");
        self.call("Page.navigate", json!({ "url": address }));
        self.wait(|message| message["method"] == "Page.loadEventFired");
        self.settle();
    }

    /// Waits until what was asked is on the screen and in the address.
    pub fn settle(&mut self) {
        self.eval(
            "new Promise((done) => { const look = (left) => (left ? requestAnimationFrame(() => \
             look(left - 1)) : setTimeout(done, 300)); look(3); })",
        );
        assert_eq!(self.complaints, Vec::<String>::new());
    }

    /// The value of an expression in the page.
    pub fn eval(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut result = self.call("Runtime.evaluate", parameters);
        assert!(result["exceptionDetails"].is_null(), "{result}");
        result["result"]["value"].take()
    }

    /// Where a word lies in the window.
    pub fn place(&mut self, word: &str) -> [f64; 2] {
        let word = json!(word);
        let place = self.eval(&format!(
            "(() => {{ const box = labels.getBoundingClientRect(), [x, y] = \
             map.screen(index.get({word})); return [x + box.left, y + box.top]; }})()"
        ));
        [0, 1].map(|axis| place[axis].as_f64().unwrap())
    }

    /// Clicks at a place.
    pub fn click(&mut self, [x, y]: [f64; 2]) {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
        self.settle();
    }

    /// Puts fingers down, moves them and lifts them: for each moment where they are.
    pub fn touch(&mut self, moments: &[&[[f64; 2]]]) {
        for (at, fingers) in moments.iter().enumerate() {
            let points: Vec<Value> = (fingers.iter().enumerate())
                .map(|(id, [x, y])| json!({ "x": x, "y": y, "id": id }))
                .collect();
            let kind = if at == 0 { "touchStart" } else { "touchMove" };
            let event = json!({ "type": kind, "touchPoints": points });
            self.call("Input.dispatchTouchEvent", event);
        }
        let end = json!({ "type": "touchEnd", "touchPoints": [] });
        self.call("Input.dispatchTouchEvent", end);
        self.settle();
    }

    /// Presses a key by its name, or the key of a character.
    pub fn key(&mut self, key: &str) {
        let mut event = json!({ "type": "keyDown", "key": key, "code": key });
        match key {
            "Enter" => {
                event["text"] = json!("\r");
                event["windowsVirtualKeyCode"] = json!(13);
            }
            "Tab" => event["windowsVirtualKeyCode"] = json!(9),
            key if key.chars().count() == 1 => event["text"] = json!(key),
            _ => {}
        }
        self.call("Input.dispatchKeyEvent", event);
        self.call(
            "Input.dispatchKeyEvent",
            json!({ "type": "keyUp", "key": key }),
        );
        self.settle();
    }

    /// Types a word.
    pub fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
        self.settle();
    }

    /// What the list of answers says, and its title.
    pub fn answer(&mut self) -> (String, Vec<String>) {
        let title = self.eval("document.querySelector('#answer h2')?.textContent ?? ''");
        let words = self.eval(
            "[...document.querySelectorAll('#answer li span')].map((word) => word.textContent)",
        );
        let words = serde_json::from_value(words).unwrap();
        (title.as_str().unwrap().to_owned(), words)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
