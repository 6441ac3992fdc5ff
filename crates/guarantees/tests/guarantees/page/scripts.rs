//! Script in every field that a labourer or a job can fill.

use super::{
    http::ask,
    screens::VISITS,
    seeded::Seeded,
    site::{Sites, TOKEN},
};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_labourers_and_jobs_are_called_and_say_no_screen_has_a_script_of_theirs() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    let bearer = format!("Bearer {TOKEN}");
    let mut escaped = 0;
    for visit in VISITS {
        let address = url::Url::parse(&visit.address(&sites, &seeded)).unwrap();
        let path = format!("{}?{}", address.path(), address.query().unwrap_or_default());
        let screen = ask(&sites.asking, "GET", &path, &[("authorization", &bearer)], "").await;
        assert!([200, 303].contains(&screen.code), "{}: {screen:?}", visit.name);
        // The page has one script, and it is a file.
        let scripts = screen.body.matches("<script").count();
        let own = screen.body.matches("<script src=\"/assets/").count();
        assert_eq!(scripts, own, "{}: {}", visit.name, screen.body);
        assert!(
            !screen.body.contains(" style=") && !screen.body.contains("javascript:"),
            "{}",
            visit.name
        );
        assert!(
            screen.head.contains("content-security-policy: default-src 'none'"),
            "{}",
            visit.name
        );
        escaped += screen.body.matches("&lt;script&gt;").count();
    }
    assert!(escaped > 20, "names and errors are shown as what they are: {escaped}");
    sites.end().await;
}
