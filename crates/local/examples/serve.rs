use local::Embedded; use local::lambda::{Command,Function}; use std::time::Duration;
#[tokio::main]
async fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/labourer.py");
    let mut b = Embedded::builder().function(Function::in_process("echo", |p,_| async move {Ok(p)}).concurrency(50))
      .function(Function::in_process("hang", |_,_| std::future::pending()).concurrency(1).timeout(Duration::from_secs(1)))
      .function(Function::process("worker", Command::new("python3").arg(script).arg("work")).concurrency(8));
    if let Ok(cmd) = std::env::var("EXTRA") { let mut p = cmd.split(' '); let mut c = Command::new(p.next().unwrap()); for a in p { c = c.arg(a); } b = b.function(Function::process("extra", c).handler_name(std::env::var("HANDLER").unwrap_or_default()).timeout(Duration::from_secs(5)).directory_hack()); }
    let aws = b.start().await.unwrap();
    for (k,v) in aws.environment() { println!("export {k}={v}"); }
    println!("READY");
    if std::env::args().nth(1).as_deref() == Some("bench") {
        for (name, n) in [("echo", 20000u32), ("worker", 5000)] {
            let t = std::time::Instant::now();
            for i in 0..n { aws.lambda().send(name, &serde_json::json!({"i": i})).unwrap(); }
            let a = t.elapsed();
            aws.lambda().idle().await;
            println!("{name}: {n} events accepted in {a:?}, done in {:?}: {:.0}/s {:?}", t.elapsed(), n as f64 / t.elapsed().as_secs_f64(), aws.lambda().stats_of(name));
        }
        aws.shutdown().await; return;
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
}
trait Hack { fn directory_hack(self) -> Self; }
impl Hack for Function { fn directory_hack(self) -> Self { self } }
