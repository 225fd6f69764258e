//! Helper functions: checked at each call with the types they are given.

use super::{Checker, Ty, Typed};
use crate::language::codes;
use crate::language::tree::{At, Expr, FnDef};
use crate::rule::Function;

impl Checker<'_> {
    pub(super) fn helper(&mut self, helper: &FnDef, at: At, args: &[Expr]) -> Typed {
        let typed: Vec<Typed> = args.iter().map(|arg| self.expr(arg)).collect();
        self.found.called.insert(helper.name.clone());
        if Function::ALL.iter().any(|f| f.name() == helper.name) {
            self.page.push(self.page.error(
                codes::UNKNOWN_FUNCTION,
                at,
                format!("`{}` is asked by the engine, not called", helper.name),
                format!("`{}` 由引擎调用，不能自行调用", helper.name),
            ));
            return Typed::wrong(at);
        }
        if typed.len() != helper.params.len() {
            let wanted = helper.params.len();
            self.page.push(self.page.error(
                codes::PARAMETERS,
                at,
                format!(
                    "`{}` takes {wanted} values, and is given {}",
                    helper.name,
                    typed.len()
                ),
                format!(
                    "`{}` 需要 {wanted} 个值，给了 {} 个",
                    helper.name,
                    typed.len()
                ),
            ));
            return Typed::wrong(at);
        }
        if self.calling.contains(&helper.name) {
            self.page.push(
                self.page
                    .error(
                        codes::RECURSION,
                        at,
                        format!("`{}` calls itself", helper.name),
                        format!("`{}` 调用了自身", helper.name),
                    )
                    .fix("write it without calling itself", "请改写为不调用自身"),
            );
            return Typed::wrong(at);
        }
        if typed.iter().any(Typed::is_wrong) {
            return Typed::wrong(at);
        }
        let mut key = format!("{}{}", helper.name, self.known.key());
        for arg in &typed {
            key.push_str(&format!("{:?}{:?}{:?}", arg.ty, arg.literal, arg.field));
        }
        if let Some((ty, reads)) = self.memo.get(&key) {
            self.found.reads.extend(reads);
            return Typed::new(ty.clone(), at);
        }
        let before = std::mem::take(&mut self.found.reads);
        let ty = self.inside(helper, typed);
        self.memo
            .insert(key, (ty.clone(), self.found.reads.clone()));
        self.found.reads.extend(before);
        Typed::new(ty, at)
    }

    /// Checks a helper with the types of its arguments.
    fn inside(&mut self, helper: &FnDef, args: Vec<Typed>) -> Ty {
        let scope = helper.params.iter().cloned().zip(args).collect();
        let outer = std::mem::replace(&mut self.scopes, vec![scope]);
        let returns = std::mem::take(&mut self.returns);
        let operand = self.operand.take();
        self.calling.push(helper.name.clone());
        let value = self.block_value(&helper.body, helper.start);
        let mut ty = value.ty;
        for returned in std::mem::take(&mut self.returns) {
            ty = self.joined(&ty, &returned);
        }
        self.calling.pop();
        self.scopes = outer;
        self.returns = returns;
        self.operand = operand;
        ty
    }
}
