//! `customer.at("fence")`: a literal name, so that it is a slot like any other.

use super::{Checker, Typed};
use crate::language::codes;
use crate::language::tree::{At, Expr};
use crate::value::{Type, Value};

impl Checker<'_> {
    pub(super) fn at_fence(&mut self, owner: &Typed, args: &[Expr], name_at: At) -> Typed {
        let literal = match args {
            [only] => self.quiet_literal(only).map(|value| (value, only.at)),
            _ => None,
        };
        let Some((Value::Text(name), at)) = literal else {
            self.page.push(
                self.page
                    .error(
                        codes::ARGUMENT_TYPE,
                        name_at,
                        "`at` takes one literal text: the name of a fence".to_owned(),
                        "`at` 只接受一个字面文本：围栏名称".to_owned(),
                    )
                    .fix(
                        "write `customer.at(\"fence\")`",
                        "请写 `customer.at(\"围栏\")`",
                    ),
            );
            return Typed::of(Type::Bool, owner.at);
        };
        let Some(slot) = self.world.layout.fences.get(&name).copied() else {
            let fences = self.world.catalogue.places.fences.iter();
            let known = fences.map(|fence| fence.name.as_str()).collect();
            self.not_in_catalogue("fence", "围栏", &name, at, known, "fences.toml");
            return Typed::wrong(owner.at);
        };
        let path = format!("customer.at(\"{name}\")");
        self.read(&[slot], path, name_at, owner.at, false)
    }
}
