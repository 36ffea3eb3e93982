//! From an extract, or an approval, to the table: plan, guard, seal, write, promote.

use std::sync::Arc;

use super::{
    apply::{Applied, apply},
    attempt::Attempt,
    before::Gone,
    choose::Choice,
    gather::{Gathered, gather},
    known::{Deletes, Known},
    object::Growing,
    plan::{Ingredients, Lacking, Plan},
    promote::Left,
    saved::Saved,
    state::State,
};
use crate::{
    definition::{Definition, Duplicates, Scope},
    error::{Error, Kind},
    job::run::{Prepared, Target, on_thread},
    mirror::{
        current::{self, Current, Deed, Held, Open, Snapshot},
        guard::{self, Found},
        sight::Sight,
    },
    report::{Followed, Status},
    time::Deadline,
};

/// What a run goes by.
struct Work {
    gathered: Arc<Gathered>,
    /// The keys whose rows were known on sight.
    sight: Option<Sight>,
    lacking: Lacking,
    /// Whether items are compared with the table itself.
    scan: bool,
    /// Whether items that a scan saw are deleted, only as long as they stay as it saw them.
    look: bool,
    /// What will be in force, but for the object that holds the keys.
    next: Snapshot,
    /// Whether guards judge the deletes.
    guarded: bool,
    /// The plan that was approved, which must still be the same.
    saved: Option<Saved>,
}

impl Attempt<'_> {
    /// Makes the table follow an extract.
    pub(super) async fn follow(
        &mut self,
        definition: Definition,
        target: Target,
        state: State<'_>,
        choice: Choice,
        saved: Option<Saved>,
        deadline: Deadline,
    ) -> Result<Status, Error> {
        let Choice { extract, applied, mended } = choice;
        self.run.draft.objects.clone_from(&extract.objects);
        let scope = definition.mirror.scope;
        let before = state.current.snapshot.as_ref();
        let whole = before.is_some_and(|before| before.whole);
        let (extract_applied, mended_applied) = match before.filter(|_| mended) {
            Some(before) => (before.extract.clone(), Some(applied)),
            None => (applied, None),
        };
        let next = Snapshot {
            run_id: self.run.draft.run_id.clone(),
            object: format!("snapshots/{}/{}.parquet", self.order.sync, self.run.draft.run_id),
            items: 0,
            keys: current::keys(&target.table),
            key_fields: current::key_fields(&definition, &target.table),
            extract: extract_applied,
            mended: mended_applied,
            whole: if mended { whole } else { scope == Scope::Table },
            held: None,
            replaced: Vec::new(),
        };
        if !extract.absent.is_empty() {
            let absent: Vec<String> = extract.absent.iter().map(|key| format!("`{key}`")).collect();
            let message = "the manifest lists optional parts that are not there, and the mirror goes without them";
            self.run.draft.notices.push(format!("{message}: {}", absent.join(", ")));
        }
        let mut ready = self.run.prepare(definition, target, &extract.objects, deadline).await?;
        if ready.rejects && !mended {
            let message = format!(
                "`{}` is a rejects.csv of Rowferry: it holds some rows of an extract, and a mirror would delete the others; drop it as `rejects.csv`, or mend the extract and deliver it whole",
                extract.name
            );
            return Err(Error::new(Kind::Extract, message));
        }
        let ahead = ready.definition.sync_key.is_some() || ready.definition.duplicates == Duplicates::Reject;
        let surveyed = ready.reading.clone();
        let verdicts = if ahead { Some(on_thread(move || surveyed.survey(false)).await?) } else { None };
        let asked = saved.as_ref().map_or(self.order.verify, |saved| saved.verify);
        let scan = asked || scope == Scope::Table && !whole && !mended;
        let look = verdicts.is_none() && !scan && !mended;
        let sight = if look { self.sight(&ready, &state.current, deadline).await.unwrap_or_default() } else { None };
        let Some(account) = self.run.account.as_mut() else { return Ok(Status::Failed) };
        let mut gathered = gather(&ready.reading, verdicts, sight, account).await?;
        ready.reading.missed = gathered.missed.take().map(Arc::new);
        let (sight, gathered) = (gathered.sight.take(), Arc::new(gathered));
        let lacking = if mended { Lacking::Keep } else { Lacking::Delete(scope) };
        let guarded = !mended && saved.is_none();
        let work = Work { gathered, sight, lacking, scan, look: scan, next, guarded, saved };
        self.carry_out(&ready, state, work, deadline).await
    }

    /// Applies a plan that a person has approved: the deletes of a held run, or a dry run.
    pub(super) async fn approve(
        &mut self,
        definition: Definition,
        target: Target,
        state: State<'_>,
        run_id: &str,
        deadline: Deadline,
    ) -> Result<Status, Error> {
        let before = state.current.snapshot.clone().filter(|snapshot| snapshot.run_id == run_id);
        let Some((before, held)) = before.and_then(|before| Some((before.clone(), before.held?))) else {
            let (choice, saved) = Saved::read(self.run.edges, &definition, &state.current, run_id).await?;
            return self.follow(definition, target, state, choice, Some(saved), deadline).await;
        };
        // What an approval that broke off has deleted, another one may delete again.
        if let Some(open) = state.current.open.iter().find(|open| open.of != Deed::Approve) {
            let message = format!(
                "run `{}` has written since run `{run_id}`, so that the snapshot has moved on; let the mirror follow its next extract, and approve what that run holds",
                open.run_id
            );
            return Err(Error::new(Kind::Request, message));
        }
        let mut ready = self.run.prepare(definition, target, &[], deadline).await?;
        let look = held.seen.is_some();
        ready.attributes = held.seen.unwrap_or_default();
        let plan = self.pin(&held.plan, Gone::Held, deadline).await?;
        let keys: Vec<_> = ready.table.keys().cloned().collect();
        let deletes = on_thread(move || Deletes::open(plan, &keys)).await?;
        let lacking = Lacking::Approved(Box::new(deletes));
        let next = Snapshot {
            run_id: self.run.draft.run_id.clone(),
            object: format!("snapshots/{}/{}.parquet", self.order.sync, self.run.draft.run_id),
            key_fields: held.key_fields,
            held: None,
            ..before
        };
        let gathered = Arc::default();
        let work = Work { gathered, sight: None, lacking, scan: false, look, next, guarded: false, saved: None };
        self.carry_out(&ready, state, work, deadline).await
    }

    async fn carry_out(
        &mut self,
        ready: &Prepared,
        mut state: State<'_>,
        work: Work,
        deadline: Deadline,
    ) -> Result<Status, Error> {
        let Work { gathered, sight, lacking, scan: scanned, look, mut next, guarded, saved } = work;
        let mended = matches!(lacking, Lacking::Keep);
        let of = if matches!(lacking, Lacking::Approved(_)) { Deed::Approve } else { Deed::Follow };
        let before = state.current.clone();
        let key_fields_before = before.snapshot.as_ref().map(|snapshot| snapshot.key_fields.clone());
        let held = before.snapshot.as_ref().and_then(|snapshot| snapshot.held.as_ref()).filter(|_| of == Deed::Approve);
        let planned = match self.known(ready, &before, held, scanned, deadline).await {
            Ok(known) => self.plan(ready, &gathered, known.on(sight), lacking, deadline).await,
            Err(error) => Err(error),
        };
        let mut plan = match planned {
            // A dry run holds no table: what it reads may be replaced under its hands.
            Err(error) if self.order.dry_run && state.has_moved_on().await? => {
                let message = "another run has gone through since this dry run began; make a new dry run";
                return Err(Error::caused(Kind::Service, message, error));
            }
            planned => planned?,
        };
        if let Some(account) = self.run.account.as_mut() {
            account.counts.unchanged += plan.unchanged;
            account.counts.superseded += plan.superseded;
            account.counts.read += plan.unchanged + plan.superseded;
            account.accepted = plan.puts.len();
        }
        let found = Found {
            rows: gathered.read,
            keyless: gathered.keyless,
            keys_remapped: key_fields_before.as_ref().is_some_and(|before| *before != next.key_fields),
            mended_since: before
                .snapshot
                .as_ref()
                .is_some_and(|before| before.mended.is_some() && before.extract == next.extract),
            known: plan.known,
            deletes: plan.delete_count,
        };
        let guards = if guarded { guard::judge(&found, &ready.definition.mirror) } else { Vec::new() };
        let held = !guards.is_empty();
        self.tell(&plan, scanned, held);
        if let Some(Held { deletes, .. }) = before.snapshot.as_ref().and_then(|before| before.held.as_ref())
            && mended
        {
            let message = "deletes that were held can no longer be approved, as the mended rows may be of their items; the next extract, or a run with `verify`, proposes again what it lacks";
            self.run.draft.notices.push(format!("{message}: {deletes}"));
        }
        self.run.draft.guards = guards;
        if self.order.dry_run {
            let extract = next.mended.as_ref().unwrap_or(&next.extract);
            Saved::keep(&self.run, &before, extract, mended, scanned, &plan).await?;
            self.rehearse(ready, &mut plan, held, deadline).await?;
            return Ok(Status::Planned);
        }
        if let Some(saved) = saved {
            saved.check(&plan)?;
        }
        let key_fields = next.key_fields.clone();
        if (held || mended)
            && let Some(before) = key_fields_before
        {
            // Until deletes are judged or approved, keys count as made in the way before.
            next.key_fields = before;
        }
        if held {
            let plan_key = self.run.beside("plan.parquet");
            let seen = look.then(|| ready.attributes.clone());
            next.held = Some(Held { plan: plan_key, deletes: plan.delete_count, key_fields, seen });
        }
        let idle = plan.puts.is_empty() && (held || plan.delete_count == 0) && before.open.is_empty() && !scanned;
        if let Some(same) = before.snapshot.as_ref().filter(|_| idle) {
            (next.object, next.items) = (same.object.clone(), same.items);
        } else {
            self.seal(&mut state, of, &plan).await?;
            let applied = apply(&mut self.run, ready, &mut plan, !held, look, deadline).await?;
            self.notice(&applied);
            let settled = match (&before.snapshot, plan.sight.take()) {
                (Some(snapshot), Some(sight)) => Some(self.settled(ready, &snapshot.object, sight, deadline).await?),
                _ => None,
            };
            let (items, strangers) =
                self.left(ready, gathered, plan, applied, settled, held, &next.object, deadline).await?;
            next.items = items;
            // As long as others' items stay in a table that is to be the mirror's, it is scanned again.
            next.whole &= strangers == 0;
        }
        next.replaced = self.replaced(&before, &next.object);
        let old = before.snapshot.map(|before| before.replaced).unwrap_or_default();
        let old: Vec<String> = old.into_iter().chain(next.replaced.clone()).filter(|key| *key != next.object).collect();
        let current = state.current.clone();
        state.change(Current { snapshot: Some(next), open: Vec::new(), ..current }).await?;
        self.clear(&old).await;
        Ok(if held { Status::Held } else { Status::Succeeded })
    }

    async fn plan(
        &mut self,
        ready: &Prepared,
        gathered: &Arc<Gathered>,
        known: Known,
        lacking: Lacking,
        deadline: Deadline,
    ) -> Result<Plan, Error> {
        let name = self.run.beside("plan.parquet");
        let object = Growing::begin(&*self.run.edges.bucket, &name, deadline).await?;
        let (gathered, table, duplicates) = (Arc::clone(gathered), ready.table.clone(), ready.definition.duplicates);
        on_thread(move || {
            let ingredients = Ingredients { gathered: &gathered, known, lacking, duplicates, table: &table };
            ingredients.plan(object, &name)
        })
        .await
    }

    /// Names the plan as begun, before the first write; in place of those of runs that did not end, where it tells all
    /// that they do: so a run that fails again and again leaves one plan to go by.
    async fn seal(&mut self, state: &mut State<'_>, of: Deed, made: &Plan) -> Result<(), Error> {
        let mut next = state.current.clone();
        let (run_id, plan) = (self.run.draft.run_id.clone(), self.run.beside("plan.parquet"));
        let unended = next.open.clone();
        if made.is_complete {
            next.open.clear();
        }
        next.open.push(Open { run_id, plan, of, scanned: made.takes_others });
        state.change(next).await?;
        // What they would have put in force can be no more.
        let left = unended.iter().map(|open| format!("snapshots/{}/{}.parquet", self.order.sync, open.run_id));
        self.clear(&left.collect::<Vec<_>>()).await;
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what a run leaves is made of all that it had")]
    async fn left(
        &self,
        ready: &Prepared,
        gathered: Arc<Gathered>,
        plan: Plan,
        applied: Applied,
        before: Option<Known>,
        held: bool,
        name: &str,
        deadline: Deadline,
    ) -> Result<(u64, u64), Error> {
        let object = Growing::begin(&*self.run.edges.bucket, name, deadline).await?;
        let (table, duplicates, name) = (ready.table.clone(), ready.definition.duplicates, name.to_owned());
        on_thread(move || {
            let (gathered, plan, applied, table) = (&*gathered, &plan, &applied, &table);
            Left { gathered, plan, applied, held, duplicates, table, before }.write(object, &name)
        })
        .await
    }

    /// What is no longer in force once the next snapshot is: the one before, and what runs that broke off have left.
    fn replaced(&self, before: &Current, object: &str) -> Vec<String> {
        let old = before.snapshot.iter().map(|snapshot| snapshot.object.clone());
        let broken = before.open.iter().map(|open| format!("snapshots/{}/{}.parquet", self.order.sync, open.run_id));
        old.chain(broken).filter(|key| key != object).collect()
    }

    /// Deletes what is no longer in force. What stays by mishap the next run deletes.
    async fn clear(&self, old: &[String]) {
        for key in old {
            if let Err(error) = self.run.edges.bucket.delete(key).await {
                tracing::warn!(object_key = key, error = %error, "an old snapshot could not be deleted");
            }
        }
    }

    fn tell(&mut self, plan: &Plan, scanned: bool, held: bool) {
        let draft = &mut self.run.draft;
        draft.items.deletes_held = if held { plan.delete_count } else { 0 };
        draft.mirror = Some(Followed {
            known_before: plan.known,
            to_create: plan.created.len(),
            to_update: plan.puts.len() - plan.created.len(),
            to_delete: plan.delete_count,
            sample_of_deletes: plan.samples.clone(),
            drift: scanned.then_some(plan.drift),
            plan: format!("runs/{}/{}/plan.parquet", draft.sync, draft.run_id),
        });
    }

    fn notice(&mut self, applied: &Applied) {
        let notices = &mut self.run.draft.notices;
        if applied.left > 0 {
            let message = format!(
                "{} of the items to delete had changed since they were read and were left alone; the next run proposes them again",
                applied.left
            );
            notices.push(message);
        }
        if applied.lost > 0 {
            let message = format!(
                "writes whose answers were lost: {}; there are no before-images of them, and undo will not put them back",
                applied.lost
            );
            notices.push(message);
        }
    }
}
