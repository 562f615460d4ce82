//! The real registry, the real lock file and the real plugin host, with components whose functions trap.

use std::{fs, net::TcpListener as StdListener, sync::Arc};

use inferno_http::{
    api::{
        graph::{Graph, Target},
        marketplace::InstallRequest,
        plugins::{PluginInfo, PluginState},
    },
    seam::{Input, Marketplace as _, Playground as _, Plugins as _, Problem},
};
use inferno_insight::{Theme, Viewport};
use inferno_package::{Kind, Manifest, OperatorGrants, PackageRef, Version};
use inferno_plugin_host::{HostConfig, PluginHost};
use inferno_registry::{
    Registry,
    testing::{Salt, component},
};
use inferno_registry_client::{Publication, RegistryClient, RegistryUrl, Token};
use inferno_store::Store;
use inferno_telemetry::Metrics;
use inferno_trust::{Policy, Release, SigningKey, TrustedKeys, sign};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::*;
use crate::{
    assemble::installed::Loaded,
    home::Home,
    packages::{Consent, Packages},
};

/// A server's installation, and the registry that it installs from.
struct Scene {
    roster: Arc<Roster>,
    market: Arc<Market>,
    shown: Shown,
    toys: Toys,
    publisher: RegistryClient,
    key: SigningKey,
    home: Home,
    store: Store,
    url: RegistryUrl,
    runtime: Runtime,
    _folders: [TempDir; 2],
}

impl Scene {
    fn new() -> Self {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let home = Home::at(folders[0].path());
        let runtime = Runtime::new().unwrap();
        let registry = runtime.block_on(Registry::open(folders[1].path())).unwrap();
        let key = SigningKey::generate();
        let administration = registry.administration();
        let token = runtime.block_on(administration.add_publisher("acme", &key.public_key())).unwrap();
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        let url: RegistryUrl = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        listener.set_nonblocking(true).unwrap();
        let router = registry.router();
        runtime.spawn(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await
        });
        let store = runtime.block_on(Store::open(&home.database())).unwrap();
        let policy = Policy::Keys(TrustedKeys::new());
        let packages = Arc::new(Packages::open(home.clone(), policy.clone(), url.clone()));
        let host = || PluginHost::new(HostConfig::default()).unwrap();
        let setting = Setting {
            home: home.clone(),
            policy,
            operator: OperatorGrants::none(),
            host: host(),
            metrics: Metrics::new(),
            store: store.clone(),
            runtime: runtime.handle().clone(),
        };
        let roster =
            Arc::new(Roster::new(setting, Loaded::default(), Default::default(), Default::default()));
        let market = Arc::new(Market { packages: Arc::clone(&packages), roster: Arc::clone(&roster) });
        let remover = Arc::clone(&market);
        let shown = Shown { roster: Arc::clone(&roster), remove: Box::new(move |name| remover.remove(name)) };
        let toys = Toys::new(host(), packages, Arc::clone(&roster));
        let publisher = RegistryClient::new(url.clone(), Some(Token::new(token.reveal()).unwrap()));
        Self { roster, market, shown, toys, publisher, key, home, store, url, runtime, _folders: folders }
    }

    fn publish(&self, name: &str, version: &str, kind: Kind) {
        let text = manifest(name, version, kind);
        let manifest = Manifest::parse(&text).unwrap();
        let salt = version.bytes().fold(1, |salt: u32, byte| salt.wrapping_mul(31) + u32::from(byte));
        let component = component(kind, Salt(salt));
        let bundle = sign(&component, &Release::from(&manifest), &self.key).to_json();
        let publication = Publication {
            component: &component,
            manifest_text: &text,
            manifest: &manifest,
            bundle: &bundle,
            readme: None,
            imports: &[],
            exports: &[],
        };
        self.publisher.push(&publication).unwrap();
    }

    /// What a person agrees to who agrees to everything that the plan says.
    fn agreed(&self, of: &str, version: Option<&str>) -> InstallRequest {
        let version: Option<Version> = version.map(|version| version.parse().unwrap());
        let plan = self.market.plan(&name(of), version.as_ref()).unwrap();
        InstallRequest {
            name: plan.name,
            version: plan.version,
            digest: plan.digest,
            signer: plan.signer,
            grants: plan.requests,
            allow_older: false,
        }
    }

    fn install(&self, of: &str) -> PluginInfo {
        self.market.install(&self.agreed(of, None)).unwrap()
    }

    fn render(&self, of: &str) -> Problem {
        let viewport = Viewport { width: 1, height: 1 };
        let queries = self.shown.queries(&name(of), "{}");
        let view = queries.and_then(|_| self.shown.render(&name(of), "{}", &[], viewport, Theme::Dark));
        view.expect_err("its functions trap")
    }

    fn states(&self) -> Vec<(String, PluginState)> {
        self.shown.list().into_iter().map(|plugin| (plugin.name, plugin.state)).collect()
    }
}

fn manifest(name: &str, version: &str, kind: Kind) -> String {
    let grants = match kind {
        Kind::OptimizationPass => "log = true",
        _ => "metrics = [\"inferno_requests_waiting\"]",
    };
    format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nkind = \"{kind}\"\ndescription = \"For a test.\"\n\
         license = \"Apache-2.0\"\n\n[grants]\n{grants}\n"
    )
}

fn name(text: &str) -> PackageRef {
    text.parse().unwrap()
}

fn widget_input() -> Input {
    let viewport = Viewport { width: 1, height: 1 };
    Input::Widget { settings: "{}".into(), frames: vec![], viewport, theme: Theme::Dark }
}

#[test]
fn what_is_installed_runs_at_once_and_what_breaks_is_told() {
    let scene = Scene::new();
    scene.publish("acme/one", "0.1.0", Kind::Widget);
    let installed = scene.install("acme/one");
    assert_eq!(installed.state, PluginState::Active);
    assert_eq!((installed.requested.clone(), installed.needs_restart), (installed.granted, false));
    // Its functions trap, which is its own fault each time.
    let widgets = scene.shown.widgets();
    let problem = widgets[0].problem.as_deref().expect("it has no schema to offer");
    assert!(problem.starts_with("acme/one: it failed: it trapped"), "{problem}");
    assert_eq!([scene.render("acme/one").code(), scene.render("acme/one").code()], ["plugin_fault"; 2]);
    let resting = scene.render("acme/one");
    assert_eq!(resting.code(), "plugin_suspended");
    let text = resting.to_string();
    assert!(text.contains("it may be called again in 10 s. Last, it trapped: "), "{text}");
    let [(_, PluginState::Suspended(rest))] = &scene.states()[..] else { panic!("{:?}", scene.states()) };
    assert!(rest.retry_after_ms > 0 && rest.reason.as_deref().is_some_and(|r| r.starts_with("it trapped")));
    let figures = scene.shown.list()[0].stats.clone();
    assert_eq!((figures.calls, figures.faults), (3, 3));
    let again = scene.shown.set_enabled(&name("acme/one"), true).unwrap();
    assert_eq!((again.state, again.stats.last_fault), (PluginState::Active, None));
    let text = scene.roster.setting.metrics.render();
    for line in [
        r#"inferno_plugin_calls_total{plugin="acme/one"} 3"#,
        r#"inferno_plugin_refusals_total{plugin="acme/one",reason="fault"} 3"#,
        r#"inferno_plugin_refusals_total{plugin="acme/one",reason="suspended"} 1"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn switches_are_kept_and_go_with_the_package() {
    let scene = Scene::new();
    scene.publish("acme/one", "0.1.0", Kind::Widget);
    scene.install("acme/one");
    let kept = || scene.runtime.block_on(scene.store.switched_off()).unwrap().into_iter().collect::<Vec<_>>();
    assert_eq!(scene.shown.set_enabled(&name("acme/one"), false).unwrap().state, PluginState::Disabled);
    assert_eq!(kept(), ["acme/one"]);
    assert_eq!((scene.render("acme/one").code(), scene.shown.widgets().len()), ("plugin_disabled", 0));
    scene.shown.remove(&name("acme/one")).unwrap();
    assert_eq!((scene.states().len(), kept().len()), (0, 0));
    assert_eq!(scene.render("acme/one").code(), "not_installed");
    for missing in [
        scene.shown.remove(&name("acme/one")).unwrap_err(),
        scene.shown.set_enabled(&name("acme/one"), false).unwrap_err(),
    ] {
        assert_eq!(missing.code(), "not_installed");
    }
    assert_eq!(kept().len(), 0, "what is not installed is not switched");
    assert_eq!(scene.install("acme/one").state, PluginState::Active);
}

#[test]
fn nobody_agrees_to_one_thing_and_gets_another() {
    let scene = Scene::new();
    scene.publish("acme/one", "0.1.0", Kind::Widget);
    scene.publish("acme/one", "0.2.0", Kind::Widget);
    let agreed = |version| scene.agreed("acme/one", Some(version));
    let mut rows = Vec::new();
    let mut refused = |agreed: InstallRequest| {
        let problem = scene.market.install(&agreed).expect_err("it must be refused");
        let text =
            problem.to_string().replace(&agreed.signer, "KEY").replace(&scene.url.to_string(), "REGISTRY");
        let text = text.replace(&SigningKey::generate().public_key().id().to_string(), "KEY");
        rows.push(format!("{}: {text}", problem.code()));
    };
    refused(InstallRequest { digest: agreed("0.2.0").digest, ..agreed("0.1.0") });
    refused(InstallRequest { signer: "abc".into(), ..agreed("0.1.0") });
    refused(InstallRequest { grants: vec!["log".parse().unwrap()], ..agreed("0.1.0") });
    refused(InstallRequest { version: "0.3.0".parse().unwrap(), ..agreed("0.1.0") });
    refused(InstallRequest { name: name("acme/two"), ..agreed("0.1.0") });
    scene.install("acme/one");
    refused(agreed("0.2.0"));
    refused(agreed("0.1.0"));
    insta::assert_snapshot!(rows.join("\n"));
    let other = SigningKey::generate().public_key().id().to_string();
    let problem = scene.market.install(&InstallRequest { signer: other, ..agreed("0.1.0") }).unwrap_err();
    assert_eq!(problem.code(), "other_consent");
    let older = scene.market.install(&InstallRequest { allow_older: true, ..agreed("0.1.0") }).unwrap();
    assert_eq!(older.version, Some("0.1.0".parse().unwrap()));
    let little = InstallRequest { grants: vec![], ..agreed("0.2.0") };
    assert_eq!(scene.market.install(&little).unwrap().granted.len(), 0, "what is not granted is denied");
}

#[test]
fn a_yanked_version_is_refused_and_an_installed_one_goes_on() {
    let scene = Scene::new();
    scene.publish("acme/one", "0.1.0", Kind::Analyzer);
    scene.install("acme/one");
    scene.publisher.yank(&name("acme/one"), &"0.1.0".parse().unwrap(), "it is wrong").unwrap();
    let problem = scene.market.plan(&name("acme/one"), None).unwrap_err();
    insta::assert_snapshot!(problem, @"Every version of acme/one was yanked by its publisher, the newest, 0.1.0, because: it is wrong.");
    assert_eq!(scene.states(), [("acme/one".to_owned(), PluginState::Active)]);
}

#[test]
fn what_somebody_else_installs_is_taken_over() {
    let scene = Scene::new();
    scene.publish("acme/one", "0.1.0", Kind::Widget);
    // As the command line does it.
    let packages = Packages::open(scene.home.clone(), Policy::Keys(TrustedKeys::new()), scene.url.clone());
    let plan = packages.plan(&name("acme/one"), None).unwrap();
    let consent = Consent { signer: Some(plan.signer), deny_rest: true, ..Consent::default() };
    scene.roster.notice_changes();
    assert_eq!(scene.states().len(), 0);
    packages.install(&plan, &consent).unwrap();
    scene.roster.notice_changes();
    assert_eq!(scene.states(), [("acme/one".to_owned(), PluginState::Active)]);
    // One that is not touched goes on as it is, with what is known of it.
    assert_eq!(scene.render("acme/one").code(), "plugin_fault");
    scene.publish("acme/two", "0.1.0", Kind::Widget);
    scene.install("acme/two");
    assert!(scene.shown.list()[0].stats.last_fault.is_some());
    packages.remove(&name("acme/one")).unwrap();
    scene.roster.notice_changes();
    assert_eq!(scene.states(), [("acme/two".to_owned(), PluginState::Active)]);
}

#[test]
fn a_pass_waits_for_the_next_start() {
    let scene = Scene::new();
    scene.publish("acme/pass", "0.1.0", Kind::OptimizationPass);
    let installed = scene.install("acme/pass");
    assert_eq!((installed.state, installed.needs_restart), (PluginState::Active, true));
    let off = scene.shown.set_enabled(&name("acme/pass"), false).unwrap();
    assert_eq!((off.state, off.needs_restart), (PluginState::Disabled, false));
    assert_eq!(scene.render("acme/pass").code(), "no_widget");
}

#[test]
fn what_was_put_in_place_by_hand_is_not_ours_to_remove() {
    let scene = Scene::new();
    let folder = scene.home.plugins().join("mine");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("inferno.toml"), manifest("acme/mine", "0.1.0", Kind::Widget)).unwrap();
    fs::write(folder.join("component.wasm"), component(Kind::Widget, Salt(1))).unwrap();
    scene.roster.refresh().unwrap();
    let [(folder, PluginState::Refused(reason))] = &scene.states()[..] else {
        panic!("{:?}", scene.states())
    };
    assert!(folder == "mine" && reason.contains("sign"), "{folder}: {reason}");
    let problem = scene.shown.remove(&name("acme/mine")).unwrap_err();
    assert_eq!(problem.code(), "placed_by_hand");
}

#[test]
fn what_is_tried_out_is_signed_and_counted_for_nobody() {
    let scene = Scene::new();
    scene.publish("acme/one", "0.1.0", Kind::Widget);
    scene.publish("acme/one", "0.2.0", Kind::Widget);
    scene.publish("acme/pass", "0.1.0", Kind::OptimizationPass);
    let prepare = |of: &str, version: &str, digest: &inferno_types::Digest| {
        scene.toys.prepare(&name(of), &version.parse().unwrap(), digest)
    };
    let digest = scene.agreed("acme/one", Some("0.2.0")).digest;
    let refused = |result: Result<_, Problem>| result.err().map(|problem| problem.code());
    assert_eq!(refused(prepare("acme/one", "0.2.0", &digest).map(drop)), Some("untrusted_signer"));
    scene.market.install(&scene.agreed("acme/one", Some("0.1.0"))).unwrap();
    // The key is trusted for this publisher now, so its other versions may be tried, too.
    let toy = prepare("acme/one", "0.2.0", &digest).unwrap();
    for _ in 0..10 {
        let problem = toy.run(widget_input()).unwrap_err();
        assert_eq!(problem.code(), "plugin_fault", "a person may see it break as often as they like");
    }
    assert_eq!(scene.states(), [("acme/one".to_owned(), PluginState::Active)]);
    assert_eq!(scene.shown.list()[0].stats.calls, 0);
    assert_eq!(refused(toy.run(Input::Analyzer { frames: vec![] }).map(drop)), Some("other_kind"));
    assert_eq!(refused(prepare("acme/one", "0.1.0", &digest).map(drop)), Some("digest_differs"));
    assert_eq!(refused(prepare("acme/none", "0.1.0", &digest).map(drop)), Some("not_found"));
    let pass = prepare("acme/pass", "0.1.0", &scene.agreed("acme/pass", None).digest).unwrap();
    let graph = Graph { context_length: 1, weights: vec![], values: vec![], nodes: vec![], logits: 9 };
    let target = Target { backend: "cpu".into(), device: String::new(), features: vec![], parallelism: 1 };
    assert_eq!(refused(pass.run(Input::OptimizationPass { graph, target }).map(drop)), Some("plugin_fault"));
}
