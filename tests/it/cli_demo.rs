//! The whole story, as a newcomer sees it first.

use crate::cli_shell::Shell;

#[test]
fn the_demo_tells_the_story_and_leaves_what_it_tells_of() {
    let shell = Shell::new();
    let told = shell.run(&["demo", "--dir", "story"]).exits(0);
    told.prints(&[
        "1. Export",
        "2. Plan",
        "3. Apply",
        "4. Plan again",
        "A second plan",
        "No changes",
    ]);
    shell.run(&["validate", "story/snapshot", "--rewrites", "story/rewrites.yaml"]).exits(0);
    shell.run(&["show", "story/plan.json"]).exits(0).prints(&["Rewrites", "Plan: "]);
    assert!(shell.read("story/plan.json.journal").contains("\"closed\""));
    shell
        .run(&["demo", "--dir", "story"])
        .exits(4)
        .prints_nothing()
        .says(&["story holds an earlier demo", "--dir"]);
    shell.write("file", "");
    shell.run(&["demo", "--dir", "file"]).exits(1).says(&["cannot make file"]);
}
